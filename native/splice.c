// cordon-init splice: carries the bytes of connections that the supervisor has decided and handed over, both ways, without a copy. It
// takes no decision, opens no connection, and ends with its supervisor. See PROTOCOL.md.
#define _GNU_SOURCE
#include "cordon.h"
#include "kernel.h"
#include "splice.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

enum { CHANNEL = 3, EVENTS = 256 };
// Two sockets and, while bytes are on their way, two pipes.
enum { DESCRIPTORS_EACH = 6, DESCRIPTORS_OWN = 64, MAX_TUNNELS = 16384 };

// Small, and the supervisor reads it all the time; if it doesn't, it is gone or stuck, and so is the run.
void splice_say(const char *text) {
  for (size_t at = 0, size = strlen(text); at < size;) {
    ssize_t put = send(CHANNEL, text + at, size - at, MSG_NOSIGNAL);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) _exit(0);
    at += (size_t)put;
  }
}

// A line of Node's channel: "msg" is the tunnel's number; its client's socket comes first, then its upstream's.
static void take(struct splicer *splicer, const char *line, int fd) {
  const char *text = strstr(line, "\"msg\":\"");
  if (text == NULL || strstr(line, "\"NODE_HANDLE\"") == NULL) {
    if (fd >= 0) close(fd);
    return;
  }
  long id = strtol(text + 7, NULL, 10);
  splice_say("{\"cmd\":\"NODE_HANDLE_ACK\"}\n");
  if (fd < 0) {
    // Node had no socket to give any more: its half of the tunnel is of no use.
    if (splicer->half >= 0) close(splicer->half);
    splicer->half = -1;
    return;
  }
  if (splicer->half < 0 || splicer->half_id != id) {
    if (splicer->half >= 0) close(splicer->half);
    splicer->half = fd;
    splicer->half_id = id;
    return;
  }
  int client = splicer->half;
  splicer->half = -1;
  tunnel_open(splicer, id, client, fd);
}

// Node sends a socket only after the last one was acknowledged: at most one comes with what is read at a time.
static void listen_to(struct splicer *splicer) {
  struct iovec data = {.iov_base = splicer->line + splicer->line_size, .iov_len = sizeof splicer->line - 1 - splicer->line_size};
  union {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
  } control;
  struct msghdr header = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
  ssize_t got = recvmsg(CHANNEL, &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  // The supervisor is gone: with it go all connections.
  if (got <= 0) _exit(0);
  int fd = -1;
  struct cmsghdr *first = CMSG_FIRSTHDR(&header);
  if (first != NULL && first->cmsg_level == SOL_SOCKET && first->cmsg_type == SCM_RIGHTS) memcpy(&fd, CMSG_DATA(first), sizeof fd);
  splicer->line_size += (size_t)got;
  splicer->line[splicer->line_size] = 0;
  for (char *end; (end = strchr(splicer->line, '\n')) != NULL;) {
    *end = 0;
    take(splicer, splicer->line, fd);
    fd = -1;
    splicer->line_size -= (size_t)(end + 1 - splicer->line);
    memmove(splicer->line, end + 1, splicer->line_size + 1);
  }
  if (fd >= 0 || splicer->line_size == sizeof splicer->line - 1) _exit(EXIT_CORDON);
}

static void prepare(struct splicer *splicer) {
  signal(SIGPIPE, SIG_IGN);
  // The terminal's signals are the supervisor's business, which ends this process when its connections are to end.
  signal(SIGINT, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0) _exit(EXIT_CORDON);
  if (cordon_close_range(CHANNEL + 1, UINT_MAX) != 0 || chdir("/") != 0) _exit(EXIT_CORDON);
  int flags = fcntl(CHANNEL, F_GETFL);
  if (flags < 0 || fcntl(CHANNEL, F_SETFL, flags & ~O_NONBLOCK) != 0) _exit(EXIT_CORDON);
  struct rlimit files;
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) _exit(EXIT_CORDON);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  *splicer = (struct splicer){.epoll = epoll_create1(EPOLL_CLOEXEC), .half = -1};
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
  if (splicer->epoll < 0 || epoll_ctl(splicer->epoll, EPOLL_CTL_ADD, CHANNEL, &event) != 0) _exit(EXIT_CORDON);
  rlim_t room = files.rlim_cur > DESCRIPTORS_OWN ? (files.rlim_cur - DESCRIPTORS_OWN) / DESCRIPTORS_EACH : 0;
  char line[64];
  snprintf(line, sizeof line, "{\"room\":%lu}\n", (unsigned long)(room < MAX_TUNNELS ? room : MAX_TUNNELS));
  splice_say(line);
}

int splice_main(void) {
  struct splicer splicer;
  prepare(&splicer);
  for (;;) {
    struct epoll_event events[EVENTS];
    int count = epoll_wait(splicer.epoll, events, EVENTS, splicer.queue == NULL ? -1 : 0);
    if (count < 0 && errno != EINTR) return EXIT_CORDON;
    bool spoken = false;
    for (int each = 0; each < count; each++) {
      if (events[each].data.ptr == NULL) spoken = true;
      else tunnel_ready(&splicer, events[each].data.ptr, events[each].events);
    }
    tunnels_turn(&splicer);
    // Last: a socket that is opened now may have the number of one that was closed, and an event of this batch.
    if (spoken) listen_to(&splicer);
  }
}
