// Lines of the guard and of the watch over decoys on their way to the supervisor. Before the call that one tells of goes on it lies in a
// socket, so in the kernel's hands; the outer process carries it over some milliseconds later, many at a time. To wake the supervisor for
// each program that is executed took longer than all the rest of its record.
#define _GNU_SOURCE
#include "gather.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

// How long lines lie there: the first of them briefly, in a storm longer, for then each wake-up is shared by more of them.
enum { SHORT_MS = 2, LONG_MS = 16, ROOM = 1 << 20 };

static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void gather_open(struct gather *gather, int *to) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) die("outer", "no socket for lines");
  *gather = (struct gather){.from = ends[0]};
  *to = ends[1];
  // Who tells mustn't have to wait for the next look. The kernel gives less where the host's limit is lower.
  setsockopt(*to, SOL_SOCKET, SO_SNDBUF, &(int){ROOM}, sizeof(int));
}

// In a process of ours that tells much: from now on its lines are gathered. They outlive it.
void gather_join(int to) {
  if (dup2(to, FD_CONTROL) < 0) _exit(1);
}

// Says what to look at, and for how long at most (-1: until something comes). While something waits, more of it wakes nobody.
int gather_poll(const struct gather *gather, struct pollfd *control, struct pollfd *lines) {
  *lines = (struct pollfd){.fd = gather->waits || gather->full ? -1 : gather->from, .events = POLLIN};
  if (gather->full) control->events |= POLLOUT;
  if (gather->full || !gather->waits) return -1;
  int64_t left = gather->due - now_ms();
  return left > 0 ? (int)left : 0;
}

// Sends the whole lines of the text. At this size the kernel takes a send as one piece: all of it, or nothing where there is no room.
static bool send_lines(struct gather *gather, int flags) {
  const char *end = memrchr(gather->text, '\n', gather->used);
  size_t size = end == NULL ? 0 : (size_t)(end + 1 - gather->text);
  ssize_t sent = 0;
  if (size > 0)
    while ((sent = send(FD_CONTROL, gather->text, size, MSG_NOSIGNAL | flags)) < 0 && errno == EINTR) {
    }
  // Any other failure: the supervisor is gone, which is noticed elsewhere.
  if (sent < 0 && errno == EAGAIN) return false;
  gather->used -= size;
  memmove(gather->text, gather->text + size, gather->used);
  return true;
}

// Carries over what there is. Returns whether there was anything.
static bool carry(struct gather *gather, int flags) {
  for (bool any = false;; any = true) {
    gather->full = !send_lines(gather, flags);
    if (gather->full) return true;
    ssize_t got;
    while ((got = recv(gather->from, gather->text + gather->used, sizeof gather->text - gather->used, MSG_DONTWAIT)) < 0 &&
           errno == EINTR) {
    }
    if (got <= 0) return any;
    gather->used += (size_t)got;
  }
}

void gather_ready(struct gather *gather, const struct pollfd *control, const struct pollfd *lines) {
  bool came = lines->revents != 0, room = gather->full && control->revents != 0;
  bool due = gather->waits && !gather->full && now_ms() >= gather->due;
  if (!came && !room && !due) return;
  // As long as something has come each time, the next look needs nobody to wake us for it.
  gather->waits = came || carry(gather, MSG_DONTWAIT);
  gather->delay = came ? SHORT_MS : gather->delay * 2 > LONG_MS ? LONG_MS : gather->delay * 2;
  gather->due = now_ms() + gather->delay;
}

// Before something else is told.
void gather_now(struct gather *gather) {
  if (!gather->full) carry(gather, MSG_DONTWAIT);
}

// Before the last words: waits for room.
void gather_end(struct gather *gather) { carry(gather, 0); }
