// What the sandbox's first process takes away from itself and so from everything after it. Order matters: identity, limits, keyring,
// capabilities, Landlock, seccomp last.
#define _GNU_SOURCE
#include "cordon.h"
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/securebits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

int set_parent_death(int signal) { return prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0); }

// `given`: whoever made the namespaces gave the ids as well.
void confine_identity(const struct op_list *list, bool given) {
  const struct op *identity = ops_find(list, OP_IDENTITY), *hostname = ops_find(list, OP_HOSTNAME);
  if (identity == NULL) die("identity", "the op list has no identity");
  uid_t uid = (uid_t)identity->field[0].number;
  gid_t gid = (gid_t)identity->field[1].number;
  // The kernel must not take the capabilities of the new user namespace away with the change of ids: mounts come after it.
  if (!given && prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0) != 0) die("identity", "securebits");
  if (setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0)
    die("identity", "uid %u and gid %u could not be taken", (unsigned)uid, (unsigned)gid);
  // A change of ids clears these two.
  if (set_parent_death(SIGKILL) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) die("identity", "prctl");
  if (hostname != NULL && sethostname(hostname->field[0].bytes, hostname->field[0].size) != 0) die("identity", "hostname");
}

void confine_limits(const struct op_list *list) {
  const struct op *mask = ops_find(list, OP_UMASK);
  umask(mask == NULL ? 022 : (mode_t)(mask->field[0].number & 0777));
  FOR_OPS(list, OP_RLIMIT, op) {
    int resource = (int)op->field[0].number;
    struct rlimit present, wanted = {.rlim_cur = op->field[1].number, .rlim_max = op->field[2].number};
    if (getrlimit(resource, &present) != 0) die("rlimit", "limit %d is unknown", resource);
    if (wanted.rlim_max > present.rlim_max) wanted.rlim_max = present.rlim_max;
    if (wanted.rlim_cur > wanted.rlim_max) wanted.rlim_cur = wanted.rlim_max;
    if (setrlimit(resource, &wanted) != 0) die("rlimit", "limit %d could not be set", resource);
  }
}

void confine_keyring(void) {
  // A new, empty session keyring: the one inherited from the login may hold tickets and keys. ENOSYS: a kernel without keyrings.
  if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL, 0, 0, 0) < 0 && errno != ENOSYS) die("keyring", "no keyring of its own");
}

void confine_capabilities(bool keep_ptrace) {
  for (int capability = 0; capability < 64; capability++)
    if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0 && errno == EINVAL) break;
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) die("capabilities", "ambient set");
  unsigned long locked = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED |
                         SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[2] = {{0}};
  if (prctl(PR_SET_SECUREBITS, locked, 0, 0, 0) != 0) {
    // In another program's wall there may be no right left to lock: then it is enough that there is none to begin with.
    if (errno != EPERM || syscall(SYS_capget, &header, data) != 0 || data[0].permitted != 0 || data[1].permitted != 0)
      die("capabilities", "securebits");
  }
  if (keep_ptrace) data[0].effective = data[0].permitted = 1u << CAP_SYS_PTRACE;
  if (syscall(SYS_capset, &header, data) != 0) die("capabilities", "they could not be dropped");
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) die("capabilities", "no_new_privs");
}

void confine_landlock(const struct op_list *list) {
  const struct op *ruleset = ops_find(list, OP_LANDLOCK);
  if (ruleset == NULL) return;
  struct cordon_landlock_ruleset attr = {.handled_access_fs = ruleset->field[0].number,
                                         .handled_access_net = ruleset->field[1].number,
                                         .scoped = ruleset->field[2].number};
  // Older kernels know a shorter structure and refuse a longer one unless what is past it is zero, which they check themselves.
  int fd = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
  if (fd < 0) die("landlock", "the ruleset was refused");
  FOR_OPS(list, OP_LANDLOCK_PATH, op) {
    // A link on the way could lead a rule to where it isn't meant.
    int path = (int)cordon_openat2(AT_FDCWD, op->field[0].bytes, O_PATH | O_CLOEXEC, CORDON_RESOLVE_NO_SYMLINKS);
    if (path < 0) die("landlock", "%s could not be opened inside", op->field[0].bytes);
    struct stat status;
    if (fstat(path, &status) != 0) die("landlock", "%s could not be looked at", op->field[0].bytes);
    // Rights over directories are refused on anything else: execute, write, read, truncate, ioctl remain.
    uint64_t access = S_ISDIR(status.st_mode) ? op->field[1].number : op->field[1].number & (0x7 | 1u << 14 | 1u << 15);
    struct cordon_landlock_path_beneath rule = {.allowed_access = access & attr.handled_access_fs, .parent_fd = path};
    if (rule.allowed_access != 0 && syscall(SYS_landlock_add_rule, fd, CORDON_LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
      die("landlock", "the rule for %s was refused", op->field[0].bytes);
    close(path);
  }
  if (syscall(SYS_landlock_restrict_self, fd, 0) != 0) die("landlock", "it could not be switched on");
  close(fd);
}

int confine_seccomp(const struct op_list *list) {
  const struct op *filter = ops_find(list, OP_SECCOMP);
  if (filter == NULL) return -1;
  size_t size = filter->field[0].size;
  errno = EINVAL;
  if (size == 0 || size % sizeof(struct sock_filter) != 0 || size / sizeof(struct sock_filter) > BPF_MAXINSNS)
    die("seccomp", "the filter has a wrong length");
  // The bytes in the op list aren't aligned.
  struct sock_filter *program = malloc(size);
  if (program == NULL) die("seccomp", "out of memory");
  for (size_t i = 0; i < size; i++) ((char *)program)[i] = filter->field[0].bytes[i];
  struct sock_fprog fprog = {.len = (unsigned short)(size / sizeof *program), .filter = program};
  bool listen = (filter->field[1].number & SECCOMP_NOTIFY) != 0;
  unsigned flags = listen ? CORDON_SECCOMP_NEW_LISTENER | CORDON_SECCOMP_WAIT_KILLABLE : 0;
  long result = syscall(SYS_seccomp, CORDON_SECCOMP_SET_MODE_FILTER, flags, &fprog);
  // Before Linux 5.19 a signal restarts a call that waits for an answer; slower under timers, but as safe.
  if (result < 0 && errno == EINVAL && listen)
    result = syscall(SYS_seccomp, CORDON_SECCOMP_SET_MODE_FILTER, CORDON_SECCOMP_NEW_LISTENER, &fprog);
  if (result < 0) die("seccomp", "the filter was refused");
  free(program);
  return listen ? (int)result : -1;
}
