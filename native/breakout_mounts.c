// Calls that change what a path leads to.
#define _GNU_SOURCE
#include "breakout.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NONE (void)count, (void)words
#define CALL(name) static long name(int count, char **words)

CALL(c_tmpfs) { NONE; return mount("none", "/tmp", "tmpfs", 0, NULL); }
CALL(c_bind) { NONE; return mount("/", "/tmp", NULL, MS_BIND | MS_REC, NULL); }
CALL(c_proc) { NONE; return mount("proc", "/proc", "proc", 0, NULL); }
CALL(c_remount) { NONE; return mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL); }
CALL(c_shared) { NONE; return mount(NULL, "/", NULL, MS_SHARED | MS_REC, NULL); }
// A mount of its own where it can make one: those that it was given are locked in new namespaces.
CALL(c_umount) {
  NONE;
  if (mount("none", "/tmp", "tmpfs", 0, NULL) != 0 && umount2("/proc", MNT_DETACH) != 0) return -1;
  return umount2("/tmp", MNT_DETACH);
}
CALL(c_fsopen) { NONE; return syscall(SYS_fsopen, "tmpfs", 0); }
CALL(c_open_tree) { NONE; return syscall(SYS_open_tree, AT_FDCWD, "/", 0x8001 /* OPEN_TREE_CLONE | AT_RECURSIVE */); }
CALL(c_mount_setattr) {
  NONE;
  uint64_t attributes[4] = {0, 1 /* MOUNT_ATTR_RDONLY */, 0, 0};
  return syscall(SYS_mount_setattr, AT_FDCWD, "/proc", 0, attributes, sizeof attributes);
}
CALL(c_pivot_root) {
  NONE;
  if (mount("none", "/tmp", "tmpfs", 0, NULL) != 0 || chdir("/tmp") != 0) return -1;
  return syscall(SYS_pivot_root, ".", ".");
}
// The first step of the escape by notify_on_release: a cgroup hierarchy of one's own.
CALL(c_cgroup) { NONE; return mount("cgroup", "/tmp", "cgroup2", 0, NULL); }
CALL(c_overlay) { NONE; return mount("overlay", "/tmp", "overlay", 0, "lowerdir=/usr:/etc"); }

const struct call mount_calls[] = {
  {"mount-tmpfs", c_tmpfs}, {"mount-bind", c_bind}, {"mount-proc", c_proc}, {"remount", c_remount}, {"mount-shared", c_shared},
  {"umount", c_umount}, {"fsopen", c_fsopen}, {"open-tree", c_open_tree}, {"mount-setattr", c_mount_setattr},
  {"pivot-root", c_pivot_root}, {"mount-cgroup", c_cgroup}, {"mount-overlay", c_overlay}, {NULL, NULL},
};
