// Follows a path exactly as the caller's own call would, from this process, which shares the caller's root: the text is copied once, and
// what it leads to is held by descriptor.
#define _GNU_SOURCE
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>

enum { PAGE = 4096 };

// Copies a text out of the caller's memory, page by page: what follows its NUL may not be mapped. Returns its length or -1.
ssize_t place_read_text(const struct call *call, uint64_t address, char *text, size_t capacity) {
  size_t used = 0;
  while (used < capacity) {
    size_t size = PAGE - (size_t)((address + used) % PAGE);
    if (size > capacity - used) size = capacity - used;
    struct iovec local = {.iov_base = text + used, .iov_len = size};
    struct iovec remote = {.iov_base = (void *)(uintptr_t)(address + used), .iov_len = size};
    ssize_t got = process_vm_readv((pid_t)call->notif.pid, &local, 1, &remote, 1, 0);
    if (got <= 0) return -1;
    const char *end = memchr(text + used, 0, (size_t)got);
    if (end != NULL) return end - text;
    used += (size_t)got;
  }
  errno = ENAMETOOLONG;
  return -1;
}

bool place_path_of(const struct guard *guard, int fd, char *path, size_t capacity) {
  char name[16];
  snprintf(name, sizeof name, "%d", fd);
  ssize_t size = readlinkat(guard->own_fds, name, path, capacity - 1);
  if (size > 0 && (size_t)size >= capacity - 1) errno = ENAMETOOLONG;
  if (size <= 0 || (size_t)size >= capacity - 1) return false;
  path[size] = 0;
  return path[0] == '/';
}

// What follows the number where a path begins with one of the caller's own descriptors; NULL for other paths.
static const char *after_descriptor(const char *path, int *descriptor) {
  static const char *const FOLDERS[] = {"/dev/fd/", "/proc/self/fd/", "/proc/thread-self/fd/"};
  for (int i = 0; i < 3; i++) {
    size_t size = strlen(FOLDERS[i]);
    if (strncmp(path, FOLDERS[i], size) != 0 || path[size] < '0' || path[size] > '9') continue;
    char *end;
    unsigned long number = strtoul(path + size, &end, 10);
    *descriptor = (int)number;
    if (number < INT_MAX && (*end == 0 || *end == '/')) return end;
  }
  return NULL;
}

static int open_from(const struct call *call, struct start start, const char *path, int flags) {
  char whole[PATH_MAX + 64];
  int dir = start.held >= 0 ? start.held : call->guard->proc, descriptor;
  // The caller's /proc/self isn't ours. A number comes first, which leads into the caller's own tree: nothing climbs out of the host's /proc.
  const char *rest = after_descriptor(path, &descriptor);
  if (rest != NULL && *rest == '/') {
    dir = call->guard->proc;
    snprintf(whole, sizeof whole, "%u/fd/%d%s", call->notif.pid, descriptor, rest);
  } else if (path[0] == '/' || start.held >= 0) {
    snprintf(whole, sizeof whole, "%s", path[0] == 0 ? "." : path);
  } else if (start.dirfd == AT_FDCWD) {
    snprintf(whole, sizeof whole, "%u/cwd/%s", call->notif.pid, path);
  } else {
    snprintf(whole, sizeof whole, "%u/fd/%d/%s", call->notif.pid, start.dirfd, path);
  }
  return openat(dir, whole, O_PATH | O_CLOEXEC | flags);
}

// Opens the directory `path` below where it starts: a directory of ours that is held open, the caller's root (which this process shares),
// or one of the caller's directories. Magic links on the way lead where they would lead the caller; what counts is where it ends.
int place_open(const struct call *call, struct start start, const char *path) { return open_from(call, start, path, O_DIRECTORY); }

// The same for what may be anything.
int place_open_end(const struct call *call, struct start start, const char *path, bool follow) {
  return open_from(call, start, path, follow ? 0 : O_NOFOLLOW);
}

// ENOENT or ENOTDIR when a folder that couldn't be opened is surely not there, for the caller neither; else 0. A link on the way can mean
// something else to the caller (/proc/self), and where the command may make mounts everything can.
int place_absence(const struct call *call, struct start start, const char *folder) {
  if (call->guard->nested) return 0;
  int base = folder[0] == '/' ? AT_FDCWD : start.held >= 0 ? start.held : place_open(call, start, "");
  if (base == -1) return 0;
  int found = (int)cordon_openat2(base, folder[0] == 0 ? "." : folder, O_PATH | O_CLOEXEC, CORDON_RESOLVE_NO_SYMLINKS), cause = errno;
  if (found >= 0) close(found);
  if (base >= 0 && base != start.held) close(base);
  return found < 0 && (cause == ENOENT || cause == ENOTDIR) ? cause : 0;
}

// Takes a held start over. PLACE_FAILED: the path leads nowhere (the caller finds out by itself). PLACE_MISSING must not be left to the
// caller: the folder may be there by then, made by another thread, and the change in it isn't the caller's to make.
int place_resolve(const struct call *call, struct start start, const char *path, struct place *place) {
  char parent[PATH_MAX];
  size_t size = strlen(path);
  place->parent = -1;
  place->slash = false;
  while (size > 1 && path[size - 1] == '/') {
    size--;
    place->slash = true;
  }
  size_t from = size;
  while (from > 0 && path[from - 1] != '/') from--;
  size_t name = size - from;
  bool tried = name > 0 && name <= NAME_MAX && from < sizeof parent;
  if (tried) {
    memcpy(place->name, path + from, name);
    place->name[name] = 0;
    memcpy(parent, path, from);
    parent[from] = 0;
    place->parent = place_open(call, start, parent);
  }
  int absence = tried && place->parent < 0 ? place_absence(call, start, parent) : 0;
  if (start.held >= 0) close(start.held);
  errno = absence;
  if (place->parent < 0) return absence != 0 ? PLACE_MISSING : PLACE_FAILED;
  if (!place_path_of(call->guard, place->parent, place->path, PATH_MAX)) {
    place_close(place);
    return PLACE_FAILED;
  }
  size_t used = strlen(place->path);
  if (used > 1) place->path[used++] = '/';
  memcpy(place->path + used, place->name, name + 1);
  place->guarded = names_guarded(call->guard->list, place->path, &place->ruled);
  return PLACE_OK;
}

void place_close(struct place *place) {
  if (place->parent >= 0) close(place->parent);
  place->parent = -1;
}

// The number of the caller's own descriptor that a path names, or -1.
int place_descriptor(const char *path) {
  static const char *const STREAMS[] = {"/dev/stdin", "/dev/stdout", "/dev/stderr"};
  for (int i = 0; i < 3; i++)
    if (strcmp(path, STREAMS[i]) == 0) return i;
  int descriptor;
  const char *rest = after_descriptor(path, &descriptor);
  return rest != NULL && *rest == 0 ? descriptor : -1;
}

// What /proc has in a file of the caller's; empty when that can't be read.
size_t place_read_proc(const struct call *call, const char *file, char *text, size_t capacity) {
  char name[32];
  snprintf(name, sizeof name, "%u/%s", call->notif.pid, file);
  int fd = openat(call->guard->proc, name, O_RDONLY | O_CLOEXEC);
  ssize_t size = fd < 0 ? -1 : read(fd, text, capacity - 1);
  if (fd >= 0) close(fd);
  text[size > 0 ? size : 0] = 0;
  return size > 0 ? (size_t)size : 0;
}

// A notification names a thread; a pidfd is of its process.
pid_t place_process_of(const struct call *call) {
  char text[1024];
  place_read_proc(call, "status", text, sizeof text);
  const char *line = strstr(text, "\nTgid:");
  return line == NULL ? -1 : (pid_t)strtol(line + 6, NULL, 10);
}

// Our own copy of the caller's descriptor. Looked up once: what is judged and what is acted on is the same open file, whatever another
// thread puts at that number meanwhile.
int place_take(const struct call *call, int descriptor) {
  pid_t process = place_process_of(call);
  int pidfd = process <= 0 ? -1 : pidfd_of(process);
  int taken = pidfd < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, pidfd, descriptor, 0);
  int cause = errno;
  if (pidfd >= 0) close(pidfd);
  errno = cause;
  return taken;
}

static mode_t read_umask(const struct call *call) {
  char text[1024];
  if (place_read_proc(call, "status", text, sizeof text) == 0) return call->guard->first_umask;
  const char *line = strstr(text, "\nUmask:");
  return line == NULL ? call->guard->first_umask : (mode_t)(strtoul(line + 7, NULL, 8) & 0777);
}

// The caller's umask. Reading it costs more than the rest of a call, so it is remembered per thread until anybody changes one.
mode_t place_umask(struct call *call) {
  static struct {
    uint32_t pid;
    unsigned changes;
    mode_t mask;
  } remembered[512];
  if (call->guard->umask_changes == 0) return call->guard->first_umask;
  size_t slot = call->notif.pid % (sizeof remembered / sizeof *remembered);
  if (remembered[slot].pid != call->notif.pid || remembered[slot].changes != call->guard->umask_changes) {
    remembered[slot].pid = call->notif.pid;
    remembered[slot].changes = call->guard->umask_changes;
    remembered[slot].mask = read_umask(call);
  }
  return remembered[slot].mask;
}
