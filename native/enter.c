// Into the namespaces of a running sandbox, from outside. Who made a namespace has every right in the user namespace that it belongs to,
// which need not be the one that the command is in: another program's wall may have two, one in the other.
#define _GNU_SOURCE
#include "cordon.h"
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>

int enter_open(pid_t pid, const char *name) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/ns/%s", (int)pid, name);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) die("namespaces", "%s could not be opened", path);
  return fd;
}

// false: errno says why. A caller that goes on afterwards is a process of its own: there is no way back.
bool enter_namespace(int namespace, int kind) {
  int owner = ioctl(namespace, NS_GET_USERNS);
  if (owner < 0) return false;
  // EINVAL: it is there already.
  bool entered = setns(owner, CLONE_NEWUSER) == 0 || errno == EINVAL;
  int cause = errno;
  close(owner);
  errno = cause;
  return entered && setns(namespace, kind) == 0;
}

// In another program's wall the command's user is who started it, by whatever number: nothing has to be changed.
bool enter_ids(const struct sandbox *sandbox) {
  const struct op *identity = ops_find(sandbox->list, OP_IDENTITY);
  if (identity == NULL || sandbox->walled) return true;
  uid_t uid = (uid_t)identity->field[0].number;
  gid_t gid = (gid_t)identity->field[1].number;
  return setresgid(gid, gid, gid) == 0 && setresuid(uid, uid, uid) == 0;
}
