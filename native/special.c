// The parts of the tree that aren't plain folders: proc, dev, masks, and idmapped sources for runs by root.
#define _GNU_SOURCE
#include "cordon.h"
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define MASK_STORE ".cordon"

// An unreadable file and directory that masks are clones of. They stay reachable by this name (and useless: mode 0, sealed), because a
// mask may have to be mounted while the sandbox runs.
void special_mask_store(struct tree *tree) {
  if (mkdirat(tree->root, MASK_STORE, 0711) != 0 || mkdirat(tree->root, MASK_STORE "/directory", 0) != 0 ||
      mknodat(tree->root, MASK_STORE "/file", S_IFREG, 0) != 0)
    die("mask", "the mask could not be made");
}

// 0: hidden, or not there at all. Safe to call in a running sandbox, with `root` open on its root.
int special_mask(int root, const char *target) {
  int at = (int)cordon_openat2(root, target[1] == 0 ? "." : target + 1, O_PATH | O_CLOEXEC,
                               CORDON_RESOLVE_IN_ROOT | CORDON_RESOLVE_NO_MAGICLINKS);
  if (at < 0) return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? 0 : -1;
  struct stat status;
  int result = -1, mask = -1;
  if (fstat(at, &status) == 0)
    mask = tree_clone(root, S_ISDIR(status.st_mode) ? MASK_STORE "/directory" : MASK_STORE "/file",
                      CORDON_ATTR_RDONLY | CORDON_ATTR_NOSUID | CORDON_ATTR_NODEV | CORDON_ATTR_NOEXEC);
  if (mask >= 0)
    result = (int)syscall(SYS_move_mount, mask, "", at, "", CORDON_MOVE_MOUNT_F_EMPTY_PATH | CORDON_MOVE_MOUNT_T_EMPTY_PATH);
  int cause = errno;
  if (mask >= 0) close(mask);
  close(at);
  errno = cause;
  return result;
}

static void proc_entry(const struct tree *tree, int proc, const char *target, const char *name, bool hide) {
  char path[256];
  snprintf(path, sizeof path, "%s/%s", target, name);
  if (hide) {
    if (special_mask(tree->root, path) != 0) die("proc", "%s could not be hidden", path);
    return;
  }
  struct stat status;
  if (fstatat(proc, name, &status, AT_SYMLINK_NOFOLLOW) != 0) return;
  int mount = tree_clone(proc, name, CORDON_ATTR_RDONLY | CORDON_ATTR_NOSUID | CORDON_ATTR_NODEV | CORDON_ATTR_NOEXEC);
  if (mount < 0) die("proc", "%s could not be cloned", path);
  tree_attach(mount, tree_target(tree, path, S_ISDIR(status.st_mode)), path);
  close(mount);
}

// `whole`: nothing is covered, for a program that will make namespaces below and show a /proc of its own to what it runs.
void special_proc(struct tree *tree, const char *target, bool whole) {
  // hidepid: what a process may not ptrace it doesn't see; the first process of the sandbox is such a one.
  int proc = tree_new_fs("proc", (const char *[]){"hidepid", "invisible", NULL},
                         CORDON_ATTR_NOSUID | CORDON_ATTR_NODEV | CORDON_ATTR_NOEXEC);
  tree_attach(proc, tree_target(tree, target, true), target);
  static const char *const READ_ONLY[] = {"sys", "irq", "bus", "fs"};
  static const char *const HIDDEN[] = {"kcore", "keys", "key-users", "sysrq-trigger", "timer_list", "sched_debug", "latency_stats",
                                       "kallsyms", "kmsg", "vmallocinfo", "slabinfo", "config.gz", "kpagecount", "kpageflags",
                                       "kpagecgroup", "modules", "iomem", "ioports", "acpi", "scsi", "asound"};
  for (size_t i = 0; !whole && i < sizeof READ_ONLY / sizeof *READ_ONLY; i++) proc_entry(tree, proc, target, READ_ONLY[i], false);
  for (size_t i = 0; !whole && i < sizeof HIDDEN / sizeof *HIDDEN; i++) proc_entry(tree, proc, target, HIDDEN[i], true);
  close(proc);
}

static void dev_node(const struct tree *tree, const char *target, const char *name) {
  char source[64], path[256];
  snprintf(source, sizeof source, "/dev/%s", name);
  snprintf(path, sizeof path, "%s/%s", target, name);
  int mount = tree_clone(AT_FDCWD, source, CORDON_ATTR_NOSUID | CORDON_ATTR_NOEXEC);
  if (mount < 0) die("dev", "%s could not be cloned", source);
  tree_attach(mount, tree_target(tree, path, false), path);
  close(mount);
}

static void dev_mount(struct tree *tree, const char *target, const char *name, int mount) {
  char path[256];
  snprintf(path, sizeof path, "%s/%s", target, name);
  tree_own(tree, mount);
  tree_attach(mount, tree_target(tree, path, true), path);
  close(mount);
}

void special_dev(struct tree *tree, const char *target) {
  int dev = tree_new_fs("tmpfs", (const char *[]){"mode", "755", "size", "65536", NULL}, CORDON_ATTR_NOSUID | CORDON_ATTR_NOEXEC);
  tree_own(tree, dev);
  tree_attach(dev, tree_target(tree, target, true), target);
  static const char *const NODES[] = {"null", "zero", "full", "random", "urandom", "tty"};
  for (size_t i = 0; i < sizeof NODES / sizeof *NODES; i++) dev_node(tree, target, NODES[i]);
  dev_mount(tree, target, "pts",
            tree_new_fs("devpts", (const char *[]){"ptmxmode", "666", "mode", "600", NULL}, CORDON_ATTR_NOSUID | CORDON_ATTR_NOEXEC));
  dev_mount(tree, target, "shm",
            tree_new_fs("tmpfs", (const char *[]){"mode", "1777", "size", "268435456", "nr_inodes", "65536", NULL},
                        CORDON_ATTR_NOSUID | CORDON_ATTR_NODEV));
  static const char *const LINKS[][2] = {{"pts/ptmx", "ptmx"},          {"/proc/self/fd", "fd"},      {"/proc/self/fd/0", "stdin"},
                                         {"/proc/self/fd/1", "stdout"}, {"/proc/self/fd/2", "stderr"}};
  for (size_t i = 0; i < sizeof LINKS / sizeof *LINKS; i++)
    if (symlinkat(LINKS[i][0], dev, LINKS[i][1]) != 0) die("dev", "%s could not be made", LINKS[i][1]);
  struct cordon_mount_attr attr = {.attr_set = CORDON_ATTR_RDONLY};
  if (syscall(SYS_mount_setattr, dev, "", AT_EMPTY_PATH, &attr, sizeof attr) != 0) die("dev", "%s could not be sealed", target);
  close(dev);
}

static void write_map(pid_t pid, const char *file, uint64_t from, uint64_t to) {
  char path[64], map[64];
  snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
  int size = snprintf(map, sizeof map, "%llu %llu 1\n", (unsigned long long)from, (unsigned long long)to);
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, map, (size_t)size) != size) die("idmap", "%s could not be written", path);
  close(fd);
}

// A user namespace whose only purpose is its mapping: owner on disk -> id of the sandbox.
static int mapping_namespace(const struct op *owner, const struct op *identity) {
  int sync[2];
  if (pipe2(sync, O_CLOEXEC) != 0) die("idmap", "no pipe");
  pid_t pid = (pid_t)syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
  if (pid < 0) die("idmap", "no user namespace");
  if (pid == 0) {
    char byte;
    close(sync[1]);
    _exit(read(sync[0], &byte, 1) == 0 ? 0 : 1);
  }
  close(sync[0]);
  write_map(pid, "uid_map", owner->field[0].number, identity->field[2].number);
  write_map(pid, "gid_map", owner->field[1].number, identity->field[3].number);
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/ns/user", (int)pid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) die("idmap", "the mapping could not be opened");
  close(sync[1]);
  while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
  }
  return fd;
}

// Only real root may idmap a mount of the host's file systems, so it is done here, before the namespaces are made.
int tree_prepare_idmapped(const struct op_list *list, int **prepared) {
  const struct op *owner = ops_find(list, OP_MAP_OWNER), *identity = ops_find(list, OP_IDENTITY);
  *prepared = NULL;
  if (owner == NULL || identity == NULL) return 0;
  size_t count = 0, index = 0;
  FOR_OPS(list, OP_BIND, op) count++;
  int *mounts = malloc((count + 1) * sizeof *mounts);
  if (mounts == NULL) die("idmap", "out of memory");
  int mapping = mapping_namespace(owner, identity);
  FOR_OPS(list, OP_BIND, op) {
    mounts[index] = -1;
    if ((op->field[2].number & BIND_IDMAP) != 0) {
      const char *source = op->field[0].bytes;
      uint64_t flags = op->field[2].number;
      long path = cordon_openat2(AT_FDCWD, source, O_PATH | O_CLOEXEC, CORDON_RESOLVE_NO_SYMLINKS);
      struct stat status;
      if (path < 0 || fstat((int)path, &status) != 0) die("idmap", "%s could not be opened", source);
      errno = 0;
      if (S_ISDIR(status.st_mode) != ((flags & BIND_DIRECTORY) != 0)) die("idmap", "%s is not what it was when the sandbox was planned", source);
      uint64_t attributes = CORDON_ATTR_NOSUID | CORDON_ATTR_NODEV | ((flags & BIND_WRITE) == 0 ? CORDON_ATTR_RDONLY : 0) |
                            ((flags & BIND_EXEC) == 0 ? CORDON_ATTR_NOEXEC : 0);
      int mount = tree_clone((int)path, "", attributes);
      struct cordon_mount_attr attr = {.attr_set = CORDON_ATTR_IDMAP, .userns_fd = (uint64_t)mapping};
      if (mount < 0 || syscall(SYS_mount_setattr, mount, "", AT_EMPTY_PATH, &attr, sizeof attr) != 0)
        die("idmap", "%s is on a file system that can't be idmapped", source);
      close((int)path);
      mounts[index] = mount;
    }
    index++;
  }
  close(mapping);
  *prepared = mounts;
  return 0;
}
