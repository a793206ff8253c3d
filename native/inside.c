// The verb `init`: the first process of ours inside a wall that another program built. It greets the outer process, is handed everything that
// it needs (the wall may have closed what it would have inherited), makes namespaces of its own where the wall's aren't ours to enter,
// and goes on as the first process of every sandbox does.
#define _GNU_SOURCE
#include "cordon.h"
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

enum { OUT_OF_THE_WAY = 16, COUNTED_MS = 500 };

_Noreturn static void give_up(const char *why) {
  dprintf(2, "cordon-init: %s: %s\n", why, strerror(errno));
  _exit(EXIT_CORDON);
}

// By an inherited descriptor, or at a socket of the host that is visible here.
static int meet_outer(const char *path) {
  int found = path == NULL ? FD_MEETING : meet_socket(path, false);
  if (found < 0) give_up("the socket of the outer process can't be reached");
  int outer = fcntl(found, F_DUPFD_CLOEXEC, OUT_OF_THE_WAY);
  if (outer < 0) give_up("there is no channel to the outer process");
  close(found);
  errno = EPERM;
  if (path != NULL && !meet_is_own(outer)) give_up("the outer process is another user's");
  return outer;
}

// Descriptors come with the numbers that they shall have; the ops are the last.
static void take_descriptors(int outer) {
  struct message message;
  int descriptor;
  channel_send(outer, 'I', 0, -1);
  do {
    if (!channel_receive(outer, &message, &descriptor) || message.kind != 'F' || descriptor < 0) _exit(EXIT_CORDON);
    if (message.value < 0 || message.value > FD_CHANNEL) _exit(EXIT_CORDON);
    if (descriptor == message.value) continue;
    if (dup2(descriptor, message.value) < 0) _exit(EXIT_CORDON);
    close(descriptor);
  } while (message.value != FD_OPS);
}

static void write_own(const char *file, const char *text) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/%s", file);
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text)) die("identity", "%s could not be written", path);
  close(fd);
}

// In front of a process namespace somebody has to wait, for the wall watches this process. It holds nothing and can do nothing but end.
_Noreturn static void stand_before(pid_t first) {
  int status;
  if (cordon_close_range(0, ~0u) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) _exit(EXIT_CORDON);
  while (waitpid(first, &status, 0) < 0)
    if (errno != EINTR) _exit(EXIT_CORDON);
  // With our end goes the group of the service, and what the kernel has counted there: whether it was its limit of memory that killed.
  if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_KILLED) usleep(COUNTED_MS * 1000);
  _exit(WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_CORDON);
}

// Those that the wall made aren't enough, or belong to somebody in whose namespaces neither we nor the outer process have a right. With one
// for processes it is a child that returns.
static void own_namespaces(const struct op *op) {
  unsigned long allowed = CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP | CLONE_NEWPID;
  unsigned long flags = (op->field[0].number & allowed) | CLONE_NEWUSER | CLONE_NEWNS;
  unsigned uid = geteuid(), gid = getegid();
  char map[64];
  long made = (flags & CLONE_NEWPID) == 0 ? unshare((int)flags) : syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
  if (made < 0) die("namespaces", "they could not be made inside of the wall");
  if (made > 0) stand_before((pid_t)made);
  write_own("setgroups", "deny");
  snprintf(map, sizeof map, "%u %u 1\n", uid, uid);
  write_own("uid_map", map);
  snprintf(map, sizeof map, "%u %u 1\n", gid, gid);
  write_own("gid_map", map);
}

int inside_main(const char *path) {
  static struct op_list list;
  sigset_t all;
  // Executed by a descriptor, it would be called by its number.
  prctl(PR_SET_NAME, "cordon-init", 0, 0, 0);
  sigfillset(&all);
  if (sigprocmask(SIG_BLOCK, &all, NULL) != 0) give_up("signals could not be blocked");
  int outer = meet_outer(path);
  take_descriptors(outer);
  ops_read(FD_OPS, &list);
  close(FD_OPS);
  const struct op *namespaces = ops_find(&list, OP_NAMESPACES);
  if (namespaces != NULL) own_namespaces(namespaces);
  channel_send(outer, 'V', getpid(), -1);
  inner_main(&list, outer, true, NULL);
}
