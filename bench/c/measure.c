// What is measured, each as one line of JSON: first (connect to first echo), rtt, rate (connections a second), down, up, hold, and piece
// (connect to the last of so many KiB, which stand in the place of the streams).
#define _GNU_SOURCE
#include "load.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SAMPLES = 200000, PUT_BYTES = 32 * MIB };

struct worker {
  const struct route *route;
  const struct task *task;
  double until, took;
  uint64_t bytes;
  size_t count, failed;
  double *samples;
  int problem;
};

static bool hello(struct stream *stream, const struct route *route, char mode, uint32_t size_kib) {
  unsigned char bytes[HELLO_MAX];
  size_t size = hello_make(bytes, route->host, mode);
  for (int each = 0; each < 4; each++) bytes[12 + each] = (unsigned char)(size_kib >> (24 - 8 * each));
  return stream_write(stream, bytes, size) && stream_read(stream, bytes, size);
}

static bool request(struct stream *stream, const struct route *route, const char *method, uint64_t bytes) {
  char text[1024], base[512] = "";
  if (route->via == VIA_ABSOLUTE) snprintf(base, sizeof base, "http://%s:%s", route->host, route->port);
  bool get = method[0] == 'G';
  int size = snprintf(text, sizeof text, "%s %s/%lu HTTP/1.1\r\nHost: %s:%s\r\n", method, base, get ? bytes : 0, route->host, route->port);
  size += get ? snprintf(text + size, 32, "\r\n") : snprintf(text + size, 64, "Content-Length: %lu\r\n\r\n", bytes);
  return stream_write(stream, text, (size_t)size);
}

// One exchange of a few bytes on an open stream.
static bool ask(struct stream *stream, const struct route *route, bool first) {
  char text[1024];
  if (!route->http) {
    size_t size = 64;
    memset(text, 'x', size);
    if (first) size = hello_make((unsigned char *)text, route->host, 'E');
    return stream_write(stream, text, size) && stream_read(stream, text, size);
  }
  if (!request(stream, route, "GET", 64) || stream_head(stream, text, sizeof text) < 0) return false;
  errno = EPERM;
  return strncmp(text + 8, " 200", 4) == 0 && stream_read(stream, text, 64);
}

static bool piece(struct stream *stream, const struct route *route, size_t size) {
  static char bytes[CHUNK];
  if (!hello(stream, route, 'D', (uint32_t)(size / 1024))) return false;
  for (size_t got = 0; got < size;) {
    long more = stream_some(stream, bytes, CHUNK);
    if (more <= 0) return false;
    got += (size_t)more;
  }
  return true;
}

static void *connections(void *argument) {
  struct worker *worker = argument;
  while (now_seconds() < worker->until && worker->count < SAMPLES) {
    struct stream stream;
    double start = now_seconds();
    bool fine = stream_connect(&stream, worker->route);
    if (worker->task->kind[0] == 'p') fine = fine && piece(&stream, worker->route, (size_t)worker->task->streams * 1024);
    else fine = fine && ask(&stream, worker->route, true);
    if (fine) worker->samples[worker->count++] = now_seconds() - start;
    else worker->failed++, worker->problem = errno;
    stream_close(&stream);
    if (worker->failed > 100) break;
  }
  return NULL;
}

static void *exchanges(void *argument) {
  struct worker *worker = argument;
  struct stream stream;
  bool fine = stream_connect(&stream, worker->route) && ask(&stream, worker->route, true);
  while (fine && now_seconds() < worker->until && worker->count < SAMPLES) {
    double start = now_seconds();
    fine = ask(&stream, worker->route, false);
    if (fine) worker->samples[worker->count++] = now_seconds() - start;
  }
  if (!fine) worker->failed++, worker->problem = errno;
  stream_close(&stream);
  return NULL;
}

static void *download(void *argument) {
  struct worker *worker = argument;
  const struct route *route = worker->route;
  char *bytes = malloc(CHUNK), head[2048];
  struct stream stream;
  bool fine = stream_connect(&stream, route);
  if (fine && route->http) fine = request(&stream, route, "GET", 1ull << 40) && stream_head(&stream, head, sizeof head) > 0;
  else if (fine) fine = hello(&stream, route, 'D', 0);
  double start = now_seconds(), now = start;
  while (fine && now < worker->until) {
    long got = stream_some(&stream, bytes, CHUNK);
    fine = got > 0;
    if (fine) worker->bytes += (uint64_t)got;
    now = now_seconds();
  }
  worker->took = now - start;
  if (!fine) worker->failed++, worker->problem = errno;
  stream_close(&stream);
  free(bytes);
  return NULL;
}

// Counted is what the server says it got.
static void *upload(void *argument) {
  struct worker *worker = argument;
  const struct route *route = worker->route;
  char *bytes = calloc(1, CHUNK), head[2048];
  struct stream stream;
  bool fine = stream_connect(&stream, route) && (route->http || hello(&stream, route, 'U', 0));
  double start = now_seconds(), last = start;
  while (fine && now_seconds() < worker->until) {
    if (route->http) {
      fine = request(&stream, route, "PUT", PUT_BYTES);
      for (size_t sent = 0; fine && sent < PUT_BYTES; sent += CHUNK) fine = stream_write(&stream, bytes, CHUNK);
      fine = fine && stream_head(&stream, head, sizeof head) > 0 && strncmp(head + 8, " 200", 4) == 0;
      if (fine) worker->bytes += PUT_BYTES, last = now_seconds();
      continue;
    }
    fine = stream_write(&stream, bytes, CHUNK);
    for (struct pollfd ready = {.fd = stream.fd, .events = POLLIN}; fine && poll(&ready, 1, 0) == 1;) {
      uint64_t told;
      fine = stream_read(&stream, &told, sizeof told);
      if (fine) worker->bytes = told * MIB, last = now_seconds();
    }
  }
  worker->took = last - start;
  if (!fine) worker->failed++, worker->problem = errno;
  stream_close(&stream);
  free(bytes);
  return NULL;
}

// All connected at one time, each of them used; `took` seconds for one round of exchanges over all.
static void hold(struct worker *worker) {
  int count = worker->task->streams;
  struct stream *streams = calloc((size_t)count, sizeof *streams);
  int open = 0;
  while (open < count && stream_connect(&streams[open], worker->route)) {
    if (!ask(&streams[open++], worker->route, true)) break;
  }
  double start = now_seconds();
  do {
    for (int each = 0; each < open; each++) {
      double at = now_seconds();
      if (ask(&streams[each], worker->route, false)) {
        if (worker->count < SAMPLES) worker->samples[worker->count++] = now_seconds() - at;
      } else worker->failed++, worker->problem = errno;
    }
  } while (now_seconds() < start + worker->task->seconds && worker->failed == 0);
  worker->failed += (size_t)(count - open);
  for (int each = 0; each < open; each++) stream_close(&streams[each]);
  free(streams);
}

static int by_value(const void *a, const void *b) {
  double left = *(const double *)a, right = *(const double *)b;
  return (left > right) - (left < right);
}

static void tell(struct worker *workers, int count, double took) {
  size_t samples = 0, failed = 0;
  double rate = 0;
  int problem = 0;
  for (int each = 0; each < count; each++) {
    samples += workers[each].count;
    failed += workers[each].failed;
    if (workers[each].problem != 0) problem = workers[each].problem;
    if (workers[each].took > 0) rate += (double)workers[each].bytes / workers[each].took / 1e6;
  }
  double *all = malloc((samples + 1) * sizeof *all);
  size_t at = 0;
  for (int each = 0; each < count; each++) {
    if (workers[each].count > 0) memcpy(all + at, workers[each].samples, workers[each].count * sizeof *all);
    at += workers[each].count;
    free(workers[each].samples);
  }
  qsort(all, samples, sizeof *all, by_value);
  double p50 = samples > 0 ? all[samples / 2] * 1e6 : 0, p99 = samples > 0 ? all[samples * 99 / 100] * 1e6 : 0;
  printf("{\"samples\":%zu,\"failed\":%zu,\"perSecond\":%.1f,\"p50us\":%.1f,\"p99us\":%.1f,\"mbPerSecond\":%.1f", samples, failed, (double)samples / took, p50, p99, rate);
  if (failed > 0) printf(",\"problem\":\"%s\"", strerror(problem));
  printf("}\n");
  fflush(stdout);
  free(all);
}

void measure(const struct route *route, const struct task *task) {
  bool many = strcmp(task->kind, "hold") != 0;
  int count = many && task->kind[0] != 'p' ? task->streams : 1;
  struct worker *workers = calloc((size_t)count, sizeof *workers);
  pthread_t *threads = calloc((size_t)count, sizeof *threads);
  void *(*work)(void *) = strchr("fp", task->kind[0]) != NULL || strcmp(task->kind, "rate") == 0 ? connections
                          : strcmp(task->kind, "rtt") == 0                        ? exchanges
                          : strcmp(task->kind, "down") == 0                       ? download
                                                                                  : upload;
  double start = now_seconds();
  for (int each = 0; each < count; each++) {
    workers[each] = (struct worker){.route = route, .task = task, .until = start + task->seconds};
    if (work == connections || work == exchanges || !many) workers[each].samples = malloc(SAMPLES * sizeof(double));
    if (many) pthread_create(&threads[each], NULL, work, &workers[each]);
    else hold(&workers[each]);
  }
  for (int each = 0; many && each < count; each++) pthread_join(threads[each], NULL);
  tell(workers, count, now_seconds() - start);
  free(threads);
  free(workers);
}
