// Passes a socket to the supervisor in the framing of Node's own IPC channel: one line of JSON with the descriptor beside it.
#define _GNU_SOURCE
#include "cordon.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *const TYPES[] = {
    [NODE_SERVER] = "\"type\":\"net.Server\"",
    [NODE_UDP4] = "\"type\":\"dgram.Socket\",\"dgramType\":\"udp4\"",
    [NODE_UDP6] = "\"type\":\"dgram.Socket\",\"dgramType\":\"udp6\"",
    [NODE_SOCKET] = "\"type\":\"net.Socket\"",
};

static bool plain(const char *id) {
  return strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:_-") == strlen(id) && strlen(id) <= 100;
}

// false: errno says why. One send for a line, so that the lines of our processes never mix.
bool node_pass(int fd, enum node_type type, const char *id) {
  char line[256];
  errno = EINVAL;
  if (!plain(id)) return false;
  int size = snprintf(line, sizeof line, "{\"cmd\":\"NODE_HANDLE\",%s,\"msg\":\"%s\"}\n", TYPES[type], id);
  struct iovec data = {.iov_base = line, .iov_len = (size_t)size};
  union {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
  } control;
  memset(&control, 0, sizeof control);
  struct msghdr header = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
  struct cmsghdr *first = CMSG_FIRSTHDR(&header);
  first->cmsg_level = SOL_SOCKET;
  first->cmsg_type = SCM_RIGHTS;
  first->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(first), &fd, sizeof(int));
  for (;;) {
    ssize_t sent = sendmsg(FD_CHANNEL, &header, MSG_NOSIGNAL);
    if (sent == size) return true;
    if (sent >= 0) errno = EIO;
    if (errno != EINTR && errno != EAGAIN) return false;
    struct pollfd writable = {.fd = FD_CHANNEL, .events = POLLOUT};
    if (errno == EAGAIN && poll(&writable, 1, -1) < 0 && errno != EINTR) return false;
  }
}

// Node acknowledges each socket. Nobody here waits for that, but it must be read: closed with unread words in it, the channel would be
// reset, and with it go the sockets that Node hasn't taken yet.
// false: the supervisor's end is closed.
bool node_discard(void) {
  char bytes[4096];
  for (;;) {
    ssize_t got = recv(FD_CHANNEL, bytes, sizeof bytes, MSG_DONTWAIT);
    if (got > 0 || (got < 0 && errno == EINTR)) continue;
    return got < 0 && errno == EAGAIN;
  }
}
