// Connections of the sandbox to unix sockets: a socket file in a folder of the host may be a service's of the host, and no right of the
// kernel stands between. A filter can't see which family an address is of, so every connect comes here and is made here, on the caller's
// own socket with one copy of the address: none is ever continued, for both could be swapped meanwhile.
#define _GNU_SOURCE
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>

enum { MAX_WAITING = 256, LOOK_MS = 20 };

// A call on a blocking socket whose connection isn't there yet. This process never waits for one alone.
struct waiting {
  uint64_t id;
  int socket;
  int target;        // the socket file that is tried again; -1: the kernel connects, we only look
  int64_t deadline;  // by SO_SNDTIMEO; 0: none
};

static struct {
  struct waiting waiting[MAX_WAITING];
  size_t count;
  int64_t looked;    // when all of them were
} state;

static int64_t now_ms(void) {
  struct timespec time;
  return clock_gettime(CLOCK_MONOTONIC, &time) != 0 ? 0 : (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

// As place_take, but for the usual caller, the only or first thread of its process, without a look into /proc.
static int take(const struct call *call, int descriptor) {
  int pidfd = pidfd_of((pid_t)call->notif.pid);
  if (pidfd < 0) return place_take(call, descriptor);
  int taken = (int)syscall(SYS_pidfd_getfd, pidfd, descriptor, 0), cause = errno;
  close(pidfd);
  errno = cause;
  return taken;
}

// connect(2) on the socket, or to the socket file `target` that is held open: through our own descriptor, so that no path is walked again.
static int connect_once(const struct call *call, int socket, int target, const void *address, socklen_t size) {
  if (target < 0) return connect(socket, address, size) == 0 ? 0 : errno;
  struct sockaddr_un here = {.sun_family = AF_UNIX};
  snprintf(here.sun_path, sizeof here.sun_path, "%d", target);
  if (fchdir(call->guard->own_fds) != 0) return EIO;
  int result = connect(socket, (struct sockaddr *)&here, sizeof here) == 0 ? 0 : errno;
  if (chdir("/") != 0) _exit(1);
  return result;
}

// The same without waiting. The flag is one of the open file, so for this moment whoever shares the socket has it, too.
static int connect_quickly(const struct call *call, int socket, int target, const void *address, socklen_t size) {
  int flags = fcntl(socket, F_GETFL);
  if (flags < 0 || fcntl(socket, F_SETFL, flags | O_NONBLOCK) != 0) return EIO;
  int result = connect_once(call, socket, target, address, size);
  if (fcntl(socket, F_SETFL, flags) != 0) return EIO;
  return result;
}

// What became of a connection that the kernel makes; EINPROGRESS: nothing yet.
static int outcome_of(int socket) {
  struct pollfd polled = {.fd = socket, .events = POLLOUT};
  int error = 0, ready = poll(&polled, 1, 0);
  socklen_t size = sizeof error;
  if (ready == 0) return EINPROGRESS;
  return ready < 0 || getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) != 0 ? EIO : error;
}

static int64_t deadline_of(int socket) {
  struct timeval limit = {0};
  socklen_t size = sizeof limit;
  if (getsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, &size) != 0 || (limit.tv_sec == 0 && limit.tv_usec == 0)) return 0;
  return now_ms() + (int64_t)limit.tv_sec * 1000 + limit.tv_usec / 1000;
}

static void answer(const struct call *call, int result) {
  if (result == 0) answer_result(call, 0);
  else answer_error(call, result);
}

// Takes socket and target over.
static void finish(const struct call *call, int socket, int target, int result) {
  if (socket >= 0) close(socket);
  if (target >= 0) close(target);
  answer(call, result);
}

// Takes socket and target over.
static void connect_for(const struct call *call, int socket, int target, const void *address, socklen_t size) {
  int flags = fcntl(socket, F_GETFL), result;
  if (flags < 0 || (flags & O_PATH) != 0) {
    finish(call, socket, target, EBADF);
    return;
  }
  if ((flags & O_NONBLOCK) != 0) {
    finish(call, socket, target, connect_once(call, socket, target, address, size));
    return;
  }
  result = connect_quickly(call, socket, target, address, size);
  // EALREADY: a signal had ended the wait, and the caller is back.
  if (target < 0 && (result == EINPROGRESS || result == EALREADY)) result = outcome_of(socket);
  bool waits = target < 0 ? result == EINPROGRESS : result == EAGAIN;
  // Beyond the bound a caller gets the answer of a socket that doesn't wait.
  if (!waits || state.count == MAX_WAITING) {
    finish(call, socket, target, result);
    return;
  }
  state.waiting[state.count++] =
      (struct waiting){.id = call->notif.id, .socket = socket, .target = target, .deadline = deadline_of(socket)};
}

// true: it is answered, or nobody waits any more.
static bool settle(struct guard *guard, const struct waiting *waiting) {
  struct call call = {.guard = guard, .notif = {.id = waiting->id}};
  bool late = waiting->deadline != 0 && now_ms() >= waiting->deadline;
  if (!answer_wanted(&call)) {
    close(waiting->socket);
    if (waiting->target >= 0) close(waiting->target);
    return true;
  }
  int result = waiting->target < 0 ? outcome_of(waiting->socket) : connect_quickly(&call, waiting->socket, waiting->target, NULL, 0);
  bool waits = result == (waiting->target < 0 ? EINPROGRESS : EAGAIN);
  if (waits && !late) return false;
  finish(&call, waiting->socket, waiting->target, result);
  return true;
}

// Returns when a call is there to be received; until then it sees to the connections that are still being made: to those that the kernel
// has news of at once, to all (callers that are gone, time limits, unix sockets whose queue was full) every few milliseconds.
void guard_wait(struct guard *guard) {
  static struct pollfd polled[MAX_WAITING + 1];
  while (state.count > 0) {
    polled[0] = (struct pollfd){.fd = guard->notify, .events = POLLIN};
    for (size_t i = 0; i < state.count; i++)
      polled[i + 1] = (struct pollfd){.fd = state.waiting[i].target < 0 ? state.waiting[i].socket : -1, .events = POLLOUT};
    if (poll(polled, state.count + 1, LOOK_MS) < 0 && errno != EINTR) return;
    bool all = now_ms() - state.looked >= LOOK_MS;
    if (all) state.looked = now_ms();
    for (size_t i = state.count; i-- > 0;)
      if ((all || polled[i + 1].revents != 0) && settle(guard, &state.waiting[i])) state.waiting[i] = state.waiting[--state.count];
    if (polled[0].revents != 0) return;
  }
}

// The file of a named socket is the supervisor's, gone from its own folder once it is mounted here, and the kernel says so behind the path.
static void cut_deleted(char *path, const struct stat *status) {
  static const char DELETED[] = " (deleted)";
  size_t size = strlen(path), tail = sizeof DELETED - 1;
  if (status->st_nlink == 0 && size > tail && strcmp(path + size - tail, DELETED) == 0) path[size - tail] = 0;
}

// A socket file. Takes the socket over.
static void connect_path(struct call *call, int socket, const char *path) {
  struct place place = {.parent = -1};
  struct stat status;
  int target = place_open_end(call, (struct start){.held = -1, .dirfd = AT_FDCWD}, path, true);
  if (target < 0 || fstat(target, &status) != 0 || !S_ISSOCK(status.st_mode)) {
    finish(call, socket, target, target < 0 ? errno : ECONNREFUSED);
    return;
  }
  bool known = place_path_of(call->guard, target, place.path, PATH_MAX);
  if (known) cut_deleted(place.path, &status);
  if (!known || !answer_wanted(call)) {
    finish(call, socket, target, EACCES);
  } else if (socket_allowed(call->guard->list, place.path, target)) {
    connect_for(call, socket, target, NULL, 0);
  } else {
    close(socket);
    close(target);
    answer_refused(call, "connect", &place, (struct verdict){.kind = NAME_PROTECT});
  }
}

void guard_connect(struct call *call, int descriptor, uint64_t address, size_t size) {
  union {
    struct sockaddr any;
    struct sockaddr_un unix_address;
    struct sockaddr_storage storage;
  } copy;
  char path[sizeof copy.unix_address.sun_path + 1] = {0};
  memset(&copy, 0, sizeof copy);
  if (size > sizeof copy.storage) {
    answer_error(call, EINVAL);
    return;
  }
  struct iovec local = {.iov_base = &copy, .iov_len = size};
  struct iovec remote = {.iov_base = (void *)(uintptr_t)address, .iov_len = size};
  if (size > 0 && process_vm_readv((pid_t)call->notif.pid, &local, 1, &remote, 1, 0) != (ssize_t)size) {
    answer_error(call, EFAULT);
    return;
  }
  int socket = take(call, descriptor), domain = 0;
  socklen_t domain_size = sizeof domain;
  if (socket < 0 || getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &domain, &domain_size) != 0) {
    finish(call, socket, -1, errno);
    return;
  }
  size_t length = size < sizeof copy.unix_address ? size : sizeof copy.unix_address;
  bool by_path = domain == AF_UNIX && copy.any.sa_family == AF_UNIX && length > offsetof(struct sockaddr_un, sun_path) &&
                 copy.unix_address.sun_path[0] != 0;
  if (by_path && size > sizeof copy.unix_address) {
    finish(call, socket, -1, EINVAL);
  } else if (by_path) {
    memcpy(path, copy.unix_address.sun_path, length - offsetof(struct sockaddr_un, sun_path));
    connect_path(call, socket, path);
  } else if (!answer_wanted(call)) {
    close(socket);
  } else {
    connect_for(call, socket, -1, &copy, (socklen_t)size);
  }
}
