// The watch over decoys: a process of ours with the sandbox's root that holds a write lease on each (fcntl(2), F_SETLEASE). Whoever opens one
// waits in the kernel until the lease is let go, so the opener is found before it has the file. It decides nothing and reads no content.
#define _GNU_SOURCE
#include "canary.h"
#include "gather.h"
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

enum { LOOKS = 10, LOOK_US = 1000, LOOK_LIMIT_MS = 50, RETRY_MS = 50, LAST_MS = 500 };

struct watch {
  int proc, signals, events;
  bool leasable;  // this host knows leases
  bool ending;    // nobody is left who could wait
  size_t count;
  struct canary canaries[MAX_CANARIES];
};

static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void take_lease(struct canary *canary) {
  canary->leased = fcntl(canary->file, F_SETLEASE, F_WRLCK) == 0;
  // Nobody has it open now, so nobody whose opening was told is still to come.
  if (canary->leased) canary->expected = 0;
}

// Only where it is needed: the kernel takes some 15 ms to end a watch, which every run would pay for at its end.
static void watch_events(struct watch *watch, struct canary *canary) {
  if (watch->events < 0) watch->events = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  // By what is held: its name may be another's by now. The working folder is the host's /proc.
  char name[32];
  snprintf(name, sizeof name, "self/fd/%d", canary->file);
  if (watch->events >= 0 && canary->watch < 0) canary->watch = inotify_add_watch(watch->events, name, IN_OPEN | IN_CLOSE);
}

static void add(struct watch *watch, const char *path) {
  if (watch->count == MAX_CANARIES) die("canary", "too many decoys");
  struct canary *canary = &watch->canaries[watch->count++];
  struct stat status;
  canary->path = path;
  canary->file = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (canary->file < 0 || fstat(canary->file, &status) != 0) die("canary", "%s could not be opened", path);
  canary->device = status.st_dev;
  canary->inode = status.st_ino;
  canary->watch = -1;
  take_lease(canary);
  watch->leasable |= canary->leased;
  if (!canary->leased) watch_events(watch, canary);
  if (!canary->leased && canary->watch < 0) die("canary", "%s could not be watched", path);
}

static void tell(const struct canary *canary, const struct opener *opener) {
  char path[9000], program[3072];
  escape_text(path, sizeof path, canary->path);
  escape_text(program, sizeof program, opener == NULL || opener->program[0] == 0 ? "-" : opener->program);
  report_line("canary %d %d %s %s", opener == NULL ? 0 : (int)opener->process, opener != NULL && opener->exact, path, program);
}

// Tells who waits, then lets them go on. The signal comes before the opener sleeps, so it may take a few looks to find it.
static void answer(struct watch *watch, struct canary *canary) {
  struct opener found[MAX_OPENERS];
  size_t count = 0;
  int64_t until = now_ms() + LOOK_LIMIT_MS;
  for (int look = 0; look < LOOKS && count == 0 && !watch->ending && now_ms() < until; look++) {
    if (look > 0) usleep(LOOK_US);
    count = openers_find(watch->proc, canary, found);
  }
  for (size_t i = 0; i < count; i++) tell(canary, &found[i]);
  // One that doesn't wait (O_NONBLOCK) is told of all the same, but nobody can say who it was.
  if (count == 0) tell(canary, NULL);
  watch_events(watch, canary);
  canary->expected = canary->watch < 0 ? 0 : (unsigned)count;
  canary->leased = false;
  fcntl(canary->file, F_SETLEASE, F_UNLCK);
}

static void answer_all(struct watch *watch) {
  struct signalfd_siginfo info;
  while (read(watch->signals, &info, sizeof info) == (ssize_t)sizeof info) watch->ending |= info.ssi_signo == (uint32_t)SIGNAL_END;
  // Not by the signal's number of the file: signals of one kind are merged, the leases' state is not.
  for (size_t i = 0; i < watch->count; i++)
    if (watch->canaries[i].leased && fcntl(watch->canaries[i].file, F_GETLEASE) != F_WRLCK) answer(watch, &watch->canaries[i]);
}

// What was opened while there was no lease.
static void read_events(struct watch *watch) {
  char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
  ssize_t got;
  while (watch->events >= 0 && (got = read(watch->events, buffer, sizeof buffer)) > 0) {
    for (char *at = buffer; at < buffer + got;) {
      const struct inotify_event *event = (const struct inotify_event *)at;
      for (size_t i = 0; i < watch->count; i++) {
        struct canary *canary = &watch->canaries[i];
        bool lost = (event->mask & IN_Q_OVERFLOW) != 0;
        if (!lost && (canary->watch != event->wd || (event->mask & IN_OPEN) == 0)) continue;
        if (!lost && canary->expected > 0) canary->expected--;
        else tell(canary, NULL);
      }
      at += sizeof *event + event->len;
    }
  }
}

static bool take_again(struct watch *watch) {
  bool all = true;
  for (size_t i = 0; i < watch->count; i++) {
    if (!watch->canaries[i].leased && watch->leasable) take_lease(&watch->canaries[i]);
    all &= watch->canaries[i].leased;
  }
  return all;
}

_Noreturn static void canary_main(const struct sandbox *sandbox, int ready) {
  static struct watch watch;
  watch.proc = sandbox->host_proc;
  guard_enter(sandbox);
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGIO);
  sigaddset(&wanted, SIGNAL_END);
  if (sigprocmask(SIG_BLOCK, &wanted, NULL) != 0) die("canary", "signals");
  if (!close_others(0, (const int[]){FD_CONTROL, watch.proc, ready}, 3)) die("canary", "descriptors");
  watch.signals = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
  if (watch.signals < 0) die("canary", "no signalfd");
  if (fchdir(watch.proc) != 0) die("canary", "/proc could not be entered");
  watch.events = -1;
  FOR_OPS(sandbox->list, OP_CANARY, op) add(&watch, op->field[0].bytes);
  if (write(ready, "", 1) != 1) _exit(1);
  close(ready);
  for (;;) {
    bool all = take_again(&watch);
    struct pollfd polled[2] = {{.fd = watch.signals, .events = POLLIN}, {.fd = watch.events, .events = POLLIN}};
    if (poll(polled, 2, all || !watch.leasable ? -1 : RETRY_MS) < 0 && errno != EINTR) _exit(1);
    answer_all(&watch);
    read_events(&watch);
    if (watch.ending) _exit(0);
  }
}

// Everybody inside is dead: what it has still to tell it tells now, before the run's end is told.
void canary_end(struct sandbox *sandbox) {
  if (sandbox->canary <= 0) return;
  int pidfd = pidfd_of(sandbox->canary);
  struct pollfd polled = {.fd = pidfd, .events = POLLIN};
  kill(sandbox->canary, SIGNAL_END);
  if (pidfd < 0 || poll(&polled, 1, LAST_MS) != 1) kill(sandbox->canary, SIGKILL);
  waitpid(sandbox->canary, NULL, 0);
  sandbox->canary = -1;
  if (pidfd >= 0) close(pidfd);
}

// Beside what the supervisor does until it says `go`.
void canary_start(struct sandbox *sandbox) {
  int ends[2];
  if (ops_find(sandbox->list, OP_CANARY) == NULL) return;
  if (pipe2(ends, O_CLOEXEC) != 0) die("canary", "no pipe");
  sandbox->canary = fork();
  if (sandbox->canary < 0) die("canary", "it could not be started");
  if (sandbox->canary == 0) {
    gather_join(sandbox->lines);
    canary_main(sandbox, ends[1]);
  }
  close(ends[1]);
  sandbox->watched = ends[0];
}

bool canary_await(struct sandbox *sandbox) {
  char byte;
  ssize_t got;
  if (sandbox->watched == 0) return true;
  while ((got = read(sandbox->watched, &byte, 1)) < 0 && errno == EINTR) {
  }
  close(sandbox->watched);
  sandbox->watched = 0;
  return got == 1;
}
