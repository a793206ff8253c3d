// The verb `launch`: the outer process, which stays in the host's namespaces, starts the first process of the sandbox, or the program that
// makes one.
#define _GNU_SOURCE
#include "cordon.h"
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

int pidfd_of(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

// A folder as stdin would let the guard's path checks be led out of the sandbox's tree.
static void refuse_directories(void) {
  for (int fd = 0; fd <= 2; fd++) {
    struct stat status;
    errno = 0;
    if (fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) die("stdio", "descriptor %d is a directory", fd);
  }
}

// 0 to 2 must exist: the next open would become the command's output otherwise.
static void fill_stdio(void) {
  for (int fd = 0; fd <= 2; fd++)
    if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd) die("stdio", "descriptor %d is closed", fd);
}

static void write_file(pid_t pid, const char *name, const char *text) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text)) die("identity", "%s could not be written", path);
  close(fd);
}

static void write_maps(pid_t pid, const struct op *identity) {
  char map[64];
  if (geteuid() != 0) write_file(pid, "setgroups", "deny");
  snprintf(map, sizeof map, "%u %u 1\n", (unsigned)identity->field[0].number, (unsigned)identity->field[2].number);
  write_file(pid, "uid_map", map);
  snprintf(map, sizeof map, "%u %u 1\n", (unsigned)identity->field[1].number, (unsigned)identity->field[3].number);
  write_file(pid, "gid_map", map);
}

static bool has_channel(const struct op_list *list) { return ops_find(list, OP_LISTEN) != NULL || ops_find(list, OP_DIAL) != NULL; }

void launch_prepare(const struct op_list *list) {
  sigset_t all;
  sigfillset(&all);
  if (sigprocmask(SIG_BLOCK, &all, NULL) != 0) die("signals", "they could not be blocked");
  // Not SIGKILL: the user's terminal has to be restored. The sandbox itself dies with SIGKILL when this process does.
  if (set_parent_death(SIGNAL_END) != 0) die("signals", "prctl");
  fill_stdio();
  refuse_directories();
  if (cordon_close_range(has_channel(list) ? FD_CHANNEL + 1 : FD_CHANNEL, ~0u) != 0)
    die("descriptors", "inherited ones could not be closed");
  if (has_channel(list) && fcntl(FD_CHANNEL, F_SETFD, FD_CLOEXEC) != 0) die("descriptors", "descriptor 5 is closed");
}

static void make(struct sandbox *sandbox) {
  const struct op_list *list = sandbox->list;
  const struct op *identity = ops_find(list, OP_IDENTITY), *namespaces = ops_find(list, OP_NAMESPACES);
  int *prepared = NULL, pair[2];
  errno = EINVAL;
  if (identity == NULL || namespaces == NULL) die("ops", "identity or namespaces are missing");
  tree_prepare_idmapped(list, &prepared);
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) die("namespaces", "no channel");
  // The groups of root must not come along; without privileges the kernel doesn't let go of them (docs/limitations).
  if (geteuid() == 0 && setgroups(0, NULL) != 0) die("identity", "the groups of root could not be dropped");
  unsigned long allowed = CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
  unsigned long flags = (namespaces->field[0].number & allowed) | CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID;
  sandbox->first = sandbox->child = (pid_t)syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
  if (sandbox->first < 0) die("namespaces", "they could not be made");
  if (sandbox->first == 0) {
    close(pair[0]);
    inner_main(list, pair[1], false, prepared);
  }
  close(pair[1]);
  sandbox->inner = pair[0];
  sandbox->first_pidfd = pidfd_of(sandbox->first);
  if (sandbox->first_pidfd < 0) die("namespaces", "no pidfd");
  write_maps(sandbox->first, identity);
  sandbox->mount_ns = enter_open(sandbox->first, "mnt");
  sandbox->net_ns = enter_open(sandbox->first, "net");
  if (ops_find(list, OP_DIAL) != NULL) sandbox->dials = dial_start(sandbox);
  channel_send(sandbox->inner, 'M', 0, -1);
}

int launch_main(const struct op_list *list) {
  struct sandbox sandbox = {.list = list, .outer = getpid(), .guard = -1, .dialer = -1, .dials = -1, .notify = -1,
                            .first_pidfd = -1, .mount_ns = -1, .net_ns = -1, .complaints = -1};
  launch_prepare(list);
  sandbox.host_proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (sandbox.host_proc < 0) die("namespaces", "the host's /proc could not be opened");
  sandbox.channel = has_channel(list);
  sandbox.walled = ops_find(list, OP_WALL) != NULL;
  if (sandbox.walled) wall_start(&sandbox);
  else make(&sandbox);
  return outer_loop(&sandbox);
}
