// Sockets: of any family by number, and a small client that says one thing and prints what it hears.
#define _GNU_SOURCE
#include "breakout.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { ANSWER_MS = 1500 };

static long c_socket(int count, char **words) {
  return count < 3 ? -1 : socket((int)number(words[0]), (int)number(words[1]), (int)number(words[2]));
}

const struct call socket_calls[] = {{"socket", c_socket}, {NULL, NULL}};

union address {
  struct sockaddr any;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
  struct sockaddr_un path;
};

static socklen_t unix_address(union address *to, const char *place, int abstract) {
  size_t length = strlen(place);
  if (length + 2 > sizeof to->path.sun_path) return 0;
  to->path.sun_family = AF_UNIX;
  memcpy(to->path.sun_path + abstract, place, length);
  return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + 1);
}

// Escapes \r, \n, \0 and \xNN, so that a shell word can carry any bytes.
static size_t unescape(char *text) {
  char *to = text;
  for (const char *from = text; *from != '\0'; from++) {
    unsigned byte;
    if (from[0] != '\\' || from[1] == '\0') *to++ = *from;
    else if (*++from == 'r') *to++ = '\r';
    else if (*from == 'n') *to++ = '\n';
    else if (*from == '0') *to++ = '\0';
    else if (*from == 'x' && sscanf(from + 1, "%2x", &byte) == 1) *to++ = (char)byte, from += 2;
    else *to++ = *from;
  }
  return (size_t)(to - text);
}

static void hear(int fd) {
  char text[4096];
  for (struct pollfd wait = {fd, POLLIN, 0}; poll(&wait, 1, ANSWER_MS) > 0;) {
    ssize_t got = read(fd, text, sizeof text);
    if (got <= 0) break;
    if (fwrite(text, 1, (size_t)got, stdout) != (size_t)got) break;
  }
  printf("\n");
}

static int address_of(const char *kind, char **words, union address *to, socklen_t *length) {
  memset(to, 0, sizeof *to);
  if (strncmp(kind, "unix", 4) == 0 || strncmp(kind, "abstract", 8) == 0) {
    *length = unix_address(to, words[0], kind[0] == 'a');
    return *length == 0 ? -1 : 1;
  }
  if (strchr(words[0], ':') != NULL) {
    to->v6.sin6_family = AF_INET6;
    to->v6.sin6_port = htons((uint16_t)number(words[1]));
    *length = sizeof to->v6;
    return inet_pton(AF_INET6, words[0], &to->v6.sin6_addr) == 1 ? 2 : -1;
  }
  to->v4.sin_family = AF_INET;
  to->v4.sin_port = htons((uint16_t)number(words[1]));
  *length = sizeof to->v4;
  return inet_pton(AF_INET, words[0], &to->v4.sin_addr) == 1 ? 2 : -1;
}

// In as many segments as there are bytes.
static void send_bytes(int fd, const char *bytes, size_t size) {
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  for (size_t i = 0; i < size && send(fd, bytes + i, 1, MSG_NOSIGNAL) == 1; i++) usleep(300);
}

// KIND PLACE [PORT] TEXT...; each further text is sent after an answer. KIND: tcp, tcp-bytes (the last text byte by byte), udp, unix,
// unix-dgram, unix-seqpacket, abstract.
int send_to(int count, char **words) {
  union address to;
  socklen_t length = 0;
  const char *kind = words[0];
  int used = address_of(kind, words + 1, &to, &length);
  if (used < 0 || 1 + used >= count) return 64;
  int type = strstr(kind, "udp") || strstr(kind, "dgram") ? SOCK_DGRAM : strstr(kind, "seqpacket") ? SOCK_SEQPACKET : SOCK_STREAM;
  int fd = socket(to.any.sa_family, type | SOCK_CLOEXEC, 0);
  int failed = fd < 0 || connect(fd, &to.any, length) != 0;
  // Some programs, Node of old among them, take the whole field for an abstract name.
  if (failed && kind[0] == 'a') failed = connect(fd, &to.any, sizeof to.path) != 0;
  if (failed) {
    printf("refused errno %d\n", errno);
    return 1;
  }
  for (int at = 1 + used; at < count; at++) {
    size_t bytes = unescape(words[at]);
    if (at + 1 == count && strcmp(kind, "tcp-bytes") == 0) send_bytes(fd, words[at], bytes);
    else if (send(fd, words[at], bytes, MSG_NOSIGNAL) < 0) printf("refused errno %d\n", errno);
    if (at + 1 < count) {
      char answer[512];
      struct pollfd wait = {fd, POLLIN, 0};
      if (poll(&wait, 1, ANSWER_MS) > 0 && read(fd, answer, sizeof answer) <= 0) break;
    }
  }
  if (strcmp(kind, "unix-dgram") != 0) hear(fd);
  close(fd);
  return 0;
}
