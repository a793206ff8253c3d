// The dialer: a process of ours in the sandbox's network that connects to servers inside, for ports that the policy publishes, and passes
// the connected sockets to the supervisor. It is made before the command runs, holds no right and reads nothing from inside. It is not
// the outer process, on which the sandbox's life hangs and which must never wait.
#define _GNU_SOURCE
#include "cordon.h"
#include "kernel.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>

enum { MAX_DIALS = 256, LIMIT_MS = 5000 };

struct request {
  uint32_t id;
  uint16_t port;
};

struct dial {
  struct request request;
  int fd;
  bool six;        // 127.0.0.1 has been tried
  int first_error;
  int64_t deadline;
};

struct dialer {
  int requests;
  size_t count;
  struct dial dials[MAX_DIALS];
};

static int64_t now_ms(void) {
  struct timespec time;
  if (clock_gettime(CLOCK_MONOTONIC, &time) != 0) _exit(1);
  return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void failed(uint32_t id, int error) { report_line("dial-failed %u %d", (unsigned)id, error); }

static socklen_t address_of(const struct dial *dial, struct sockaddr_storage *storage) {
  memset(storage, 0, sizeof *storage);
  if (dial->six) {
    *(struct sockaddr_in6 *)storage =
        (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(dial->request.port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    return sizeof(struct sockaddr_in6);
  }
  *(struct sockaddr_in *)storage = (struct sockaddr_in){
      .sin_family = AF_INET, .sin_port = htons(dial->request.port), .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
  return sizeof(struct sockaddr_in);
}

// 0: connected, EINPROGRESS, or why not.
static int try_connect(struct dial *dial) {
  struct sockaddr_storage address;
  socklen_t size = address_of(dial, &address);
  dial->fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (dial->fd < 0) return errno;
  return connect(dial->fd, (struct sockaddr *)&address, size) == 0 ? 0 : errno;
}

// true: nothing more is to be done about it. `outcome` is that of the last attempt.
static bool advance(struct dial *dial, int outcome) {
  for (;;) {
    if (outcome == EINPROGRESS) return false;
    if (outcome == 0) {
      char id[32];
      snprintf(id, sizeof id, "dial:%u", (unsigned)dial->request.id);
      if (!node_pass(dial->fd, NODE_SOCKET, id)) failed(dial->request.id, errno);
      close(dial->fd);
      return true;
    }
    if (dial->fd >= 0) close(dial->fd);
    dial->fd = -1;
    if (dial->six || outcome == ETIMEDOUT) {
      failed(dial->request.id, dial->first_error != 0 ? dial->first_error : outcome);
      return true;
    }
    dial->first_error = outcome;
    dial->six = true;
    outcome = try_connect(dial);
  }
}

static void take_requests(struct dialer *dialer) {
  struct request request;
  for (;;) {
    ssize_t got = recv(dialer->requests, &request, sizeof request, MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got != (ssize_t)sizeof request) _exit(0);
    if (dialer->count == MAX_DIALS) {
      failed(request.id, EAGAIN);
      continue;
    }
    struct dial *dial = &dialer->dials[dialer->count];
    *dial = (struct dial){.request = request, .fd = -1, .deadline = now_ms() + LIMIT_MS};
    if (!advance(dial, try_connect(dial))) dialer->count++;
  }
}

static int outcome_of(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

_Noreturn static void serve(struct dialer *dialer) {
  static struct pollfd polled[MAX_DIALS + 1];
  for (;;) {
    int64_t now = now_ms(), wait = -1;
    polled[0] = (struct pollfd){.fd = dialer->requests, .events = POLLIN};
    for (size_t i = 0; i < dialer->count; i++) {
      polled[i + 1] = (struct pollfd){.fd = dialer->dials[i].fd, .events = POLLOUT};
      int64_t left = dialer->dials[i].deadline > now ? dialer->dials[i].deadline - now : 0;
      if (wait < 0 || left < wait) wait = left;
    }
    if (poll(polled, dialer->count + 1, (int)wait) < 0 && errno != EINTR) _exit(1);
    now = now_ms();
    // From the end: what is done gives its place to the last one, which has been looked at.
    for (size_t i = dialer->count; i-- > 0;) {
      struct dial *dial = &dialer->dials[i];
      bool ready = polled[i + 1].revents != 0, late = dial->deadline <= now;
      if (!ready && !late) continue;
      if (advance(dial, ready ? outcome_of(dial->fd) : ETIMEDOUT)) *dial = dialer->dials[--dialer->count];
    }
    if (polled[0].revents != 0) take_requests(dialer);
  }
}

// Into the sandbox's network and out of every right.
static void enter(const struct sandbox *sandbox) {
  if (!enter_namespace(sandbox->net_ns, CLONE_NEWNET)) die("dial", "the sandbox's network could not be entered");
  if (!enter_ids(sandbox)) die("dial", "its ids could not be taken");
  confine_capabilities(false);
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || set_parent_death(SIGKILL) != 0) die("dial", "prctl");
  // Gone before we asked to be told.
  if (getppid() != sandbox->outer) _exit(1);
}

static void keep_only(int requests) {
  if (!close_others(0, (const int[]){requests, FD_CONTROL, FD_CHANNEL}, 3)) die("dial", "descriptors");
}

// Returns the end that requests are put into.
int dial_start(struct sandbox *sandbox) {
  static struct dialer dialer;
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0) die("dial", "no channel");
  sandbox->dialer = fork();
  if (sandbox->dialer < 0) die("dial", "it could not be started");
  if (sandbox->dialer == 0) {
    enter(sandbox);
    keep_only(pair[1]);
    dialer.requests = pair[1];
    serve(&dialer);
  }
  close(pair[1]);
  return pair[0];
}

// `text` is "ID PORT". What isn't as it should be is dropped: the supervisor has a time limit of its own.
void dial_request(int fd, const char *text) {
  char *end;
  unsigned long id = strtoul(text, &end, 10);
  if (end == text || *end != ' ' || id > INT32_MAX) return;
  const char *second = end + 1;
  unsigned long port = strtoul(second, &end, 10);
  if (end == second || *end != 0 || port == 0 || port > UINT16_MAX) return;
  struct request request;
  memset(&request, 0, sizeof request);
  request.id = (uint32_t)id;
  request.port = (uint16_t)port;
  ssize_t sent = -1;
  errno = ENOTCONN;
  while (fd >= 0 && (sent = send(fd, &request, sizeof request, MSG_NOSIGNAL | MSG_DONTWAIT)) < 0 && errno == EINTR) {
  }
  if (sent < 0) failed(request.id, errno);
}
