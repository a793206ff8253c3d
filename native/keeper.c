// Where the first process of ours isn't number 1 of the sandbox, the command could stop it, and its end wouldn't be everybody's. So a process
// beside it, which Landlock keeps out of the command's reach, ends everything when the first process or the outer one is gone.
#define _GNU_SOURCE
#include "cordon.h"
#include "kernel.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>

_Noreturn static void keep(int outer, int first) {
  struct pollfd polled[] = {{.fd = outer, .events = POLLRDHUP}, {.fd = first, .events = POLLIN}};
  while (poll(polled, 2, -1) < 0 && errno == EINTR) {
  }
  // The outer process has made sure that this process namespace isn't the host's.
  kill(-1, SIGKILL);
  _exit(0);
}

pid_t keeper_start(int outer) {
  int first = pidfd_of(getpid());
  if (first < 0) die("keeper", "no pidfd");
  pid_t keeper = fork();
  if (keeper < 0) die("keeper", "it could not be started");
  if (keeper > 0) {
    close(first);
    return keeper;
  }
  confine_capabilities(false);
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) die("keeper", "prctl");
  if (!close_others(0, (const int[]){outer, first}, 2)) _exit(1);
  keep(outer, first);
}
