// What the files of the load generator share: a stream with or without TLS, how it is reached, and the protocol of client and server.
//
// Without HTTP each connection begins with a TLS hello (so that proxies that look at first bytes see what they know), which the server
// sends back. Its random holds the mode: E then everything is sent back; D the server sends as many KiB as the next four bytes say (0:
// until the client leaves); U the server tells 8 bytes for each MiB that it got.
#ifndef LOAD_H
#define LOAD_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MIB = 1 << 20, CHUNK = 256 * 1024, HELLO_MAX = 512 };

struct stream {
  int fd;
  SSL *ssl;
};

enum via { VIA_DIRECT, VIA_CONNECT, VIA_SOCKS, VIA_ABSOLUTE };

// How a client comes to its server.
struct route {
  enum via via;
  const char *proxy_host, *proxy_port;  // for all but VIA_DIRECT
  const char *host, *port;              // the target
  bool http, tls;
};

// wire.c: false (or NULL) and errno after any failure, of which the caller tells.
bool stream_read(struct stream *stream, void *bytes, size_t size);
bool stream_write(struct stream *stream, const void *bytes, size_t size);
long stream_some(struct stream *stream, void *bytes, size_t size);
// Up to the empty line; the size, or -1.
long stream_head(struct stream *stream, char *bytes, size_t capacity);
void stream_close(struct stream *stream);
bool stream_connect(struct stream *stream, const struct route *route);
size_t hello_make(unsigned char *to, const char *host, char mode);

// serve.c
int serve_main(const char *port, const char *certificate);

// measure.c: prints one line of JSON.
struct task {
  const char *kind;
  int streams;
  double seconds;
};
void measure(const struct route *route, const struct task *task);

double now_seconds(void);

#endif
