// Reads the op list: bytes in, typed ops out. Must refuse everything it doesn't know before anything has been done.
#define _GNU_SOURCE
#include "cordon.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_BYTES = 8 << 20, MAX_OPS = 16384, HEADER_BYTES = 8 };

// One letter a field: n number, t text, p absolute path, o absolute path or empty, b bytes.
static const struct {
  uint16_t code;
  const char *fields;
} SHAPES[] = {
    {OP_NAMESPACES, "n"}, {OP_IDENTITY, "nnnn"}, {OP_MAP_OWNER, "nn"}, {OP_HOSTNAME, "t"}, {OP_UMASK, "n"}, {OP_TTY, ""},
    {OP_ROOT, "n"}, {OP_DIRECTORY, "pn"}, {OP_TMPFS, "pnnn"}, {OP_BIND, "ppn"}, {OP_FILE, "pnb"}, {OP_SYMLINK, "pt"},
    {OP_PROC, "p"}, {OP_WHOLE_PROC, "p"}, {OP_DEV, "p"}, {OP_MASK, "p"}, {OP_ATTRIBUTES, "pn"},
    {OP_RLIMIT, "nnn"}, {OP_LANDLOCK, "nnn"}, {OP_LANDLOCK_PATH, "pn"}, {OP_SECCOMP, "bn"},
    {OP_LOOPBACK, ""}, {OP_NETLINK, "nb"}, {OP_LISTEN, "tntnn"}, {OP_DIAL, ""}, {OP_MEET, "p"},
    {OP_GUARD_ROOT, "pn"}, {OP_GUARD_NAME, "not"}, {OP_SOCKET_TREE, "pn"}, {OP_CANARY, "p"},
    {OP_ENV, "t"}, {OP_ARG, "t"}, {OP_CWD, "p"},
    {OP_WALL, "t"}, {OP_WALL_ENV, "t"}, {OP_WALL_FILE, "nb"}, {OP_WALL_MEET, "p"}, {OP_END, ""},
};

static const char *shape_of(uint16_t code) {
  for (size_t i = 0; i < sizeof SHAPES / sizeof *SHAPES; i++)
    if (SHAPES[i].code == code) return SHAPES[i].fields;
  return NULL;
}

// Unaligned little-endian reads: both architectures that we build for are little-endian.
static uint16_t read16(const char *at) { uint16_t v; memcpy(&v, at, sizeof v); return v; }
static uint32_t read32(const char *at) { uint32_t v; memcpy(&v, at, sizeof v); return v; }
static uint64_t read64(const char *at) { uint64_t v; memcpy(&v, at, sizeof v); return v; }

static const char *parse_field(char letter, const char *bytes, size_t size, struct field *field) {
  field->bytes = bytes;
  field->size = size;
  if (letter == 'n') {
    if (size != 8) return "a number has a wrong length";
    field->number = read64(bytes);
    return NULL;
  }
  if (letter == 'b') return NULL;
  if (size == 0 || memchr(bytes, 0, size) != bytes + size - 1) return "a text isn't ended by its only NUL";
  field->size = size - 1;
  if (letter == 'p' && bytes[0] != '/') return "a path isn't absolute";
  if (letter == 'o' && bytes[0] != '/' && bytes[0] != 0) return "a path isn't absolute";
  if ((letter == 'p' || letter == 'o') && size > 4096) return "a path is too long";
  return NULL;
}

// names.c holds this many components of a pattern.
static bool pattern_too_long(const char *pattern) {
  size_t slashes = 0;
  for (; *pattern != 0; pattern++) slashes += *pattern == '/';
  return slashes >= 60;
}

static const char *parse_op(const char **at, const char *end, struct op *op) {
  if (end - *at < 4) return "cut off in an op";
  uint16_t code = read16(*at), count = read16(*at + 2);
  *at += 4;
  const char *shape = shape_of(code);
  if (shape == NULL) return "unknown op";
  if (count != strlen(shape)) return "wrong number of fields";
  op->code = (enum op_code)code;
  for (uint16_t i = 0; i < count; i++) {
    if (end - *at < 4) return "cut off in a field";
    uint32_t size = read32(*at);
    *at += 4;
    if (size > (size_t)(end - *at)) return "a field reaches past the end";
    const char *problem = parse_field(shape[i], *at, size, &op->field[i]);
    if (problem != NULL) return problem;
    *at += size;
  }
  if (code == OP_GUARD_NAME && pattern_too_long(op->field[2].bytes)) return "a guarded name is too long";
  return NULL;
}

const char *ops_parse(char *buffer, size_t size, struct op_list *list) {
  *list = (struct op_list){.buffer = buffer, .size = size};
  if (size < HEADER_BYTES || memcmp(buffer, "CRDN", 4) != 0) return "not an op list";
  if (read32(buffer + 4) != 1) return "unknown version";
  const char *at = buffer + HEADER_BYTES, *end = buffer + size;
  size_t capacity = 0;
  while (at < end) {
    if (list->count == capacity) {
      if (capacity >= MAX_OPS) return "too many ops";
      capacity = capacity == 0 ? 256 : capacity * 2;
      struct op *grown = realloc(list->ops, capacity * sizeof *grown);
      if (grown == NULL) return "out of memory";
      list->ops = grown;
    }
    struct op *op = &list->ops[list->count];
    memset(op, 0, sizeof *op);
    const char *problem = parse_op(&at, end, op);
    if (problem != NULL) return problem;
    if (op->code == OP_END) return at == end ? NULL : "something follows the end";
    list->count++;
  }
  return "no end";
}

// What is wrong, or NULL. errno says more where it isn't 0.
const char *ops_load(int fd, struct op_list *list) {
  size_t used = 0, capacity = 65536;
  char *buffer = malloc(capacity);
  for (;;) {
    if (buffer == NULL) return "out of memory";
    ssize_t got = read(fd, buffer + used, capacity - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return "could not be read";
    if (got == 0) break;
    used += (size_t)got;
    if (used < capacity) continue;
    if (capacity >= MAX_BYTES) return "too long";
    capacity *= 2;
    char *grown = realloc(buffer, capacity);
    if (grown == NULL) free(buffer);
    buffer = grown;
  }
  errno = 0;
  return ops_parse(buffer, used, list);
}

void ops_read(int fd, struct op_list *list) {
  const char *problem = ops_load(fd, list);
  if (problem != NULL) die("ops", "%s", problem);
}

const struct op *ops_find(const struct op_list *list, enum op_code code) {
  FOR_OPS(list, code, op) return op;
  return NULL;
}
