// Unix sockets that the sandbox makes in guarded trees: bound here, so that a protected name can't be taken by one. Everything else is
// continued: Landlock refuses the sandbox itself to make a socket in a guarded tree.
#define _GNU_SOURCE
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>

// Copies the address and returns whether it is a path (not abstract, not unnamed) of a unix socket.
static bool read_path(const struct call *call, uint64_t address, size_t size, struct sockaddr_un *copy) {
  memset(copy, 0, sizeof *copy);
  if (size <= offsetof(struct sockaddr_un, sun_path) || size > sizeof *copy) return false;
  struct iovec local = {.iov_base = copy, .iov_len = size};
  struct iovec remote = {.iov_base = (void *)(uintptr_t)address, .iov_len = size};
  if (process_vm_readv((pid_t)call->notif.pid, &local, 1, &remote, 1, 0) != (ssize_t)size) return false;
  return copy->sun_family == AF_UNIX && copy->sun_path[0] != 0;
}

// Binds as the caller wrote it when that is the real path anyway (getsockname shows it), else from inside the directory.
static int bind_here(struct call *call, struct place *place, int socket, struct sockaddr_un *address) {
  bool real = strncmp(address->sun_path, place->path, sizeof address->sun_path) == 0;
  if (!real) {
    if (strlen(place->name) >= sizeof address->sun_path || fchdir(place->parent) != 0) return -1;
    strcpy(address->sun_path, place->name);
  }
  mode_t before = umask(place_umask(call));
  int result = bind(socket, (struct sockaddr *)address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(address->sun_path) + 1));
  int cause = errno;
  umask(before);
  if (!real && chdir("/") != 0) _exit(1);
  errno = cause;
  return result;
}

void guard_bind(struct call *call, int descriptor, uint64_t address, size_t size) {
  struct sockaddr_un copy;
  struct place place = {.parent = -1};
  char path[sizeof copy.sun_path + 1] = {0};
  if (!read_path(call, address, size, &copy)) {
    answer_continue(call);
    return;
  }
  memcpy(path, copy.sun_path, sizeof copy.sun_path);
  // The last byte of a path that fills the structure has no NUL; such a one isn't made here.
  copy.sun_path[sizeof copy.sun_path - 1] = 0;
  if (place_resolve(call, (struct start){.held = -1, .dirfd = AT_FDCWD}, path, &place) != PLACE_OK || !place.guarded ||
      !answer_wanted(call)) {
    place_close(&place);
    answer_continue(call);
    return;
  }
  if (guard_refuses(call, &place, "bind", false)) {
    place_close(&place);
    return;
  }
  int socket = place_take(call, descriptor);
  int result = socket < 0 ? -1 : bind_here(call, &place, socket, &copy), cause = errno;
  if (result == 0) guard_remember_socket(place.parent, place.name);
  if (result == 0 && guard_moved(call, &place, false)) {
    guard_take_away(call, &place, 0);
    answer_refused(call, "bind", &place, (struct verdict){.kind = NAME_PROTECT});
  } else {
    errno = cause;
    answer_result(call, result);
  }
  if (socket >= 0) close(socket);
  place_close(&place);
}
