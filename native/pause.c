// Pauses everything inside by SIGSTOP, where no control group can freeze it. Called in the sandbox's first process, the one whose signals
// reach all others and which none of them can stop. A program can have itself continued (by a timer that sends SIGCONT); it is stopped
// again a moment later. What was stopped before stays so afterwards.
#define _GNU_SOURCE
#include "cordon.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MAX_LISTED = 4096, PASSES = 50, PASS_MS = 4 };

struct list {
  pid_t pids[MAX_LISTED];
  size_t count;
};

// Processes that were stopped before the pause, by somebody's job control.
static struct list kept, found;

static bool is_kept(pid_t pid) {
  for (size_t i = 0; i < kept.count; i++)
    if (kept.pids[i] == pid) return true;
  return false;
}

// The letter of proc(5), or 0 when the process is gone.
static char state_of(pid_t pid) {
  char path[32], text[512];
  snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  ssize_t got = read(fd, text, sizeof text - 1);
  close(fd);
  if (got <= 0) return 0;
  text[got] = 0;
  // The name before it is the process's own choice, brackets and all.
  const char *end = strrchr(text, ')');
  return end != NULL && end[1] == ' ' ? end[2] : 0;
}

// Every process but this one whose state is one of `states`; false when /proc can't be read or there are too many.
static bool list_processes(const char *states, struct list *list) {
  list->count = 0;
  DIR *folder = opendir("/proc");
  if (folder == NULL) return false;
  bool whole = true;
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    pid_t pid = atoi(entry->d_name);
    char state = pid > 1 ? state_of(pid) : 0;
    if (state == 0 || strchr(states, state) == NULL) continue;
    if (list->count == MAX_LISTED) whole = false;
    else list->pids[list->count++] = pid;
  }
  closedir(folder);
  return whole;
}

void pause_again(void) { kill(-1, SIGSTOP); }

void pause_begin(void) {
  if (!list_processes("T", &kept)) kept.count = 0;
  // A process that is being made while the others are stopped is there in the next pass. One that waits for a device stops later.
  for (int pass = 0; pass < PASSES; pass++) {
    pause_again();
    if (!list_processes("RSDI", &found) || found.count == 0) return;
    struct timespec wait = {.tv_nsec = PASS_MS * 1000000L};
    nanosleep(&wait, NULL);
  }
}

// The last number that the kernel gave to a process here.
static pid_t last_number(void) {
  char text[128];
  int fd = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);
  ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
  if (fd >= 0) close(fd);
  if (got <= 0) return 0;
  text[got] = 0;
  const char *last = strrchr(text, ' ');
  return last == NULL ? 0 : atoi(last);
}

// The youngest first: a shell that goes on before its child does would take it for stopped by the user.
void pause_end(void) {
  bool listed = list_processes("T", &found);
  pid_t highest = last_number();
  for (size_t i = listed ? found.count : 0; i-- > 0;) {
    if (found.pids[i] > highest) highest = found.pids[i];
    if (!is_kept(found.pids[i])) kill(found.pids[i], SIGCONT);
  }
  // Those that /proc doesn't show, because they don't let themselves be looked into.
  if (kept.count == 0) kill(-1, SIGCONT);
  else
    for (pid_t pid = highest; pid > 1; pid--)
      if (!is_kept(pid)) kill(pid, SIGCONT);
}
