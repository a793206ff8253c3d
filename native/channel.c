// Messages between our own processes: a kind, a number and at most one descriptor, over SOCK_SEQPACKET.
#define _GNU_SOURCE
#include "cordon.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void channel_send(int fd, char kind, int32_t value, int descriptor) {
  struct message message = {.kind = kind, .value = value};
  struct iovec data = {.iov_base = &message, .iov_len = sizeof message};
  union {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
  } control;
  struct msghdr header = {.msg_iov = &data, .msg_iovlen = 1};
  if (descriptor >= 0) {
    memset(&control, 0, sizeof control);
    header.msg_control = control.bytes;
    header.msg_controllen = sizeof control.bytes;
    struct cmsghdr *first = CMSG_FIRSTHDR(&header);
    first->cmsg_level = SOL_SOCKET;
    first->cmsg_type = SCM_RIGHTS;
    first->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(first), &descriptor, sizeof(int));
  }
  while (sendmsg(fd, &header, MSG_NOSIGNAL) < 0) {
    // The other side is gone: whoever reads from it next sees that. The outer process still has a terminal to restore.
    if (errno != EINTR) return;
  }
}

bool channel_receive(int fd, struct message *message, int *descriptor) {
  struct iovec data = {.iov_base = message, .iov_len = sizeof *message};
  union {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr align;
  } control;
  memset(&control, 0, sizeof control);
  struct msghdr header = {
      .msg_iov = &data, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
  ssize_t got;
  do got = recvmsg(fd, &header, MSG_CMSG_CLOEXEC);
  while (got < 0 && errno == EINTR);
  int received = -1;
  struct cmsghdr *first = CMSG_FIRSTHDR(&header);
  if (got > 0 && first != NULL && first->cmsg_level == SOL_SOCKET && first->cmsg_type == SCM_RIGHTS)
    memcpy(&received, CMSG_DATA(first), sizeof(int));
  if (descriptor != NULL) *descriptor = received;
  else if (received >= 0) close(received);
  return got == (ssize_t)sizeof *message;
}
