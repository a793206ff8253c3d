// The server of the load generator: one thread for each connection, blocking, which is as fast as the kernel is.
#define _GNU_SOURCE
#include "load.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static SSL_CTX *server_context;
static char zeros[CHUNK];

static void echo(struct stream *stream) {
  char bytes[4096];
  for (long got; (got = stream_some(stream, bytes, sizeof bytes)) > 0;)
    if (!stream_write(stream, bytes, (size_t)got)) return;
}

// So many KiB; 0: until the client leaves.
static void deliver(struct stream *stream, uint64_t size) {
  for (uint64_t sent = 0, piece; size == 0 || sent < size * 1024; sent += piece) {
    piece = size == 0 || size * 1024 - sent > CHUNK ? CHUNK : size * 1024 - sent;
    if (!stream_write(stream, zeros, piece)) return;
  }
}

static void swallow(struct stream *stream) {
  char *bytes = malloc(CHUNK);
  uint64_t total = 0, told = 0;
  for (long got; (got = stream_some(stream, bytes, CHUNK)) > 0;) {
    total += (uint64_t)got;
    if (total / MIB == told) continue;
    told = total / MIB;
    if (!stream_write(stream, &told, sizeof told)) break;
  }
  free(bytes);
}

// "GET /N" answers with N bytes; a PUT is swallowed and answered.
static void http(struct stream *stream) {
  char head[4096], answer[160], bytes[64 * 1024];
  while (stream_head(stream, head, sizeof head) > 0) {
    bool get = head[0] == 'G';
    char *length = strcasestr(head, "\r\ncontent-length:");
    uint64_t down = get ? strtoull(head + 5, NULL, 10) : 0, up = length == NULL ? 0 : strtoull(length + 17, NULL, 10);
    while (up > 0) {
      long got = stream_some(stream, bytes, up < sizeof bytes ? up : sizeof bytes);
      if (got <= 0) return;
      up -= (uint64_t)got;
    }
    int size = snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: %lu\r\n\r\n", down);
    if (!stream_write(stream, answer, (size_t)size)) return;
    for (size_t piece; down > 0; down -= piece) {
      piece = down < CHUNK ? down : CHUNK;
      if (!stream_write(stream, zeros, piece)) return;
    }
  }
}

static void raw(struct stream *stream) {
  unsigned char hello[HELLO_MAX];
  if (!stream_read(stream, hello, 5)) return;
  size_t size = 5 + (size_t)(hello[3] << 8 | hello[4]);
  if (size < 44 || size > sizeof hello || !stream_read(stream, hello + 5, size - 5)) return;
  // An answer first: whoever looks at hellos waits for it.
  if (!stream_write(stream, hello, size)) return;
  switch (hello[11]) {
    case 'E':
      echo(stream);
      return;
    case 'D':
      deliver(stream, (uint64_t)hello[12] << 24 | hello[13] << 16 | hello[14] << 8 | hello[15]);
      return;
    case 'U':
      swallow(stream);
  }
}

static bool secure(struct stream *stream) {
  stream->ssl = SSL_new(server_context);
  SSL_set_fd(stream->ssl, stream->fd);
  return SSL_accept(stream->ssl) == 1;
}

static void *serve(void *argument) {
  struct stream stream = {.fd = (int)(intptr_t)argument};
  char first;
  if (recv(stream.fd, &first, 1, MSG_PEEK) == 1) {
    if (server_context != NULL) {
      if (secure(&stream)) http(&stream);
    } else if (first == 22) {
      raw(&stream);
    } else {
      http(&stream);
    }
  }
  stream_close(&stream);
  return NULL;
}

int serve_main(const char *port, const char *certificate) {
  if (certificate != NULL) {
    server_context = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_num_tickets(server_context, 0);
    if (SSL_CTX_use_certificate_chain_file(server_context, certificate) != 1 ||
        SSL_CTX_use_PrivateKey_file(server_context, certificate, SSL_FILETYPE_PEM) != 1)
      return 1;
  }
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)atoi(port))};
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 4096) != 0) {
    perror("listen");
    return 1;
  }
  socklen_t size = sizeof address;
  getsockname(listener, (struct sockaddr *)&address, &size);
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, 256 * 1024);
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0) continue;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    pthread_t thread;
    if (pthread_create(&thread, &attributes, serve, (void *)(intptr_t)fd) != 0) close(fd);
  }
}
