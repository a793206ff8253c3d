// Streams: connecting directly or by a proxy, TLS, and reading and writing whole pieces.
#define _GNU_SOURCE
#include "load.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

double now_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

long stream_some(struct stream *stream, void *bytes, size_t size) {
  if (stream->ssl != NULL) return SSL_read(stream->ssl, bytes, (int)size);
  ssize_t got;
  do got = read(stream->fd, bytes, size);
  while (got < 0 && errno == EINTR);
  return got;
}

bool stream_read(struct stream *stream, void *bytes, size_t size) {
  for (size_t at = 0; at < size;) {
    long got = stream_some(stream, (char *)bytes + at, size - at);
    if (got <= 0) {
      if (got == 0) errno = ECONNRESET;
      return false;
    }
    at += (size_t)got;
  }
  return true;
}

bool stream_write(struct stream *stream, const void *bytes, size_t size) {
  for (size_t at = 0; at < size;) {
    const char *from = (const char *)bytes + at;
    long put = stream->ssl != NULL ? SSL_write(stream->ssl, from, (int)(size - at)) : send(stream->fd, from, size - at, MSG_NOSIGNAL);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    at += (size_t)put;
  }
  return true;
}

// What follows a head waits for an answer to it in this protocol, so a piece never holds two.
long stream_head(struct stream *stream, char *bytes, size_t capacity) {
  size_t at = 0;
  while (at + 1 < capacity) {
    // One by one would be slow: as much as there is, but no byte of a body (it is looked at first).
    size_t most = capacity - 1 - at, take = 1;
    if (stream->ssl == NULL) {
      ssize_t seen = recv(stream->fd, bytes + at, most, MSG_PEEK);
      if (seen <= 0) return -1;
      bytes[at + (size_t)seen] = 0;
      size_t from = at > 3 ? at - 3 : 0;
      char *end = strstr(bytes + from, "\r\n\r\n");
      take = end == NULL ? (size_t)seen : (size_t)(end + 4 - bytes) - at;
    }
    if (!stream_read(stream, bytes + at, take)) return -1;
    at += take;
    bytes[at] = 0;
    if (at >= 4 && memcmp(bytes + at - 4, "\r\n\r\n", 4) == 0) return (long)at;
  }
  errno = EMSGSIZE;
  return -1;
}

void stream_close(struct stream *stream) {
  if (stream->ssl != NULL) SSL_free(stream->ssl);
  if (stream->fd >= 0) close(stream->fd);
  *stream = (struct stream){.fd = -1};
}

static int dial(const char *host, const char *port) {
  struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
  if (getaddrinfo(host, port, &hints, &found) != 0) {
    errno = EADDRNOTAVAIL;
    return -1;
  }
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
  struct timeval limit = {.tv_sec = 20};
  if (fd >= 0) {
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (connect(fd, found->ai_addr, found->ai_addrlen) != 0) {
      close(fd);
      fd = -1;
    }
  }
  freeaddrinfo(found);
  return fd;
}

static bool through_connect(struct stream *stream, const struct route *route) {
  char text[1024];
  int size = snprintf(text, sizeof text, "CONNECT %s:%s HTTP/1.1\r\nHost: %s:%s\r\n\r\n", route->host, route->port, route->host, route->port);
  if (!stream_write(stream, text, (size_t)size) || stream_head(stream, text, sizeof text) < 0) return false;
  if (strncmp(text + 8, " 200", 4) == 0) return true;
  fprintf(stderr, "%.300s\n", text);
  errno = EPERM;
  return false;
}

static bool through_socks(struct stream *stream, const struct route *route) {
  unsigned char text[300] = {5, 1, 0}, answer[10];
  if (!stream_write(stream, text, 3) || !stream_read(stream, answer, 2)) return false;
  size_t length = strlen(route->host);
  int port = atoi(route->port);
  memcpy(text, (unsigned char[]){5, 1, 0, 3, (unsigned char)length}, 5);
  memcpy(text + 5, route->host, length);
  text[5 + length] = (unsigned char)(port >> 8);
  text[6 + length] = (unsigned char)port;
  if (!stream_write(stream, text, 7 + length) || !stream_read(stream, answer, 10)) return false;
  errno = EPERM;
  return answer[1] == 0;
}

static SSL_CTX *client_context;

// Certificates aren't the matter here: nothing is verified.
static void client_context_make(void) {
  client_context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_session_cache_mode(client_context, SSL_SESS_CACHE_OFF);
}

static bool secure(struct stream *stream, const struct route *route) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, client_context_make);
  stream->ssl = SSL_new(client_context);
  SSL_set_fd(stream->ssl, stream->fd);
  SSL_set_tlsext_host_name(stream->ssl, route->host);
  errno = EPROTO;
  return SSL_connect(stream->ssl) == 1;
}

bool stream_connect(struct stream *stream, const struct route *route) {
  bool direct = route->via == VIA_DIRECT;
  *stream = (struct stream){.fd = direct ? dial(route->host, route->port) : dial(route->proxy_host, route->proxy_port)};
  bool fine = stream->fd >= 0;
  if (fine && route->via == VIA_CONNECT) fine = through_connect(stream, route);
  if (fine && route->via == VIA_SOCKS) fine = through_socks(stream, route);
  if (fine && route->tls) fine = secure(stream, route);
  if (fine) return true;
  int problem = errno;
  stream_close(stream);
  errno = problem;
  return false;
}

static size_t put16(unsigned char *to, size_t at, size_t value) {
  to[at] = (unsigned char)(value >> 8);
  to[at + 1] = (unsigned char)value;
  return at + 2;
}

size_t hello_make(unsigned char *to, const char *host, char mode) {
  size_t name = strlen(host), at = 0;
  memset(to, 0, HELLO_MAX);
  to[at++] = 22, to[at++] = 3, to[at++] = 1;
  size_t record = at;
  at += 2;
  to[at] = 1;
  size_t handshake = at + 1;
  at += 4;
  at = put16(to, at, 0x0303);
  to[at] = (unsigned char)mode;
  at += 32;
  to[at++] = 0;
  at = put16(to, put16(to, at, 2), 0x1301);
  to[at++] = 1, to[at++] = 0;
  at = put16(to, at, name + 9);
  at = put16(to, at, 0);
  at = put16(to, at, name + 5);
  at = put16(to, at, name + 3);
  to[at++] = 0;
  at = put16(to, at, name);
  memcpy(to + at, host, name);
  at += name;
  put16(to, record, at - record - 2);
  put16(to, handshake + 1, at - handshake - 3);
  return at;
}
