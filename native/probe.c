// `cordon-init probe`: asks this kernel by doing, in short-lived children, what the launcher will do.
// It must never change anything outside those children, compare versions, or hang: every question has an alarm.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

int probe_main(void);
// probe_capture.c
int probe_ipv6(void);
int probe_routes(void);
int probe_capture(void);

// Own constants: the build machine's headers may be older than the kernel. Numbers from 424 on are the same everywhere.
enum { NR_OPEN_TREE = 428, NR_MOVE_MOUNT, NR_FSOPEN, NR_FSCONFIG, NR_FSMOUNT, NR_PIDFD_OPEN = 434, NR_CLOSE_RANGE = 436,
       NR_OPENAT2, NR_PIDFD_GETFD, NR_MOUNT_SETATTR = 442, NR_LANDLOCK_CREATE = 444, NR_LSM_LIST = 461 };
enum { NEW_TIME = 0x80, TREE_CLONE = 1, RECURSIVE = 0x8000, EMPTY = 0x1000, FROM_FD = 4, SET_STRING = 1, CREATE = 6,
       RDONLY_NOSUID_NODEV = 7, ATTR_IDMAP = 0x100000, MEMFD_EXEC = 0x10, IN_ROOT_NO_MAGIC = 0x12, LISTENER = 8,
       WAIT_KILLABLE = 32, ADDFD_SEND = 2, SECONDS = 2, BAD = 250, TIMEOUT, KILLED };

struct addfd { uint64_t id; uint32_t flags, source, target, target_flags; };
struct attr { uint64_t set, clear, propagation, userns; };
struct how { uint64_t flags, mode, resolve; };
#define IOCTL_ADDFD _IOW('!', 3, struct addfd)

// An exit status carries the errno of the step that failed; 0 is success.
static int failure(void) { return errno > 0 && errno < BAD ? errno : BAD; }

static int wait_status(pid_t pid) {
  int status;
  while (waitpid(pid, &status, 0) < 0)
    if (errno != EINTR) return failure();
  return WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status) == SIGALRM ? TIMEOUT : KILLED;
}

// The inside ids, which are also the host ids they stand for: the user's own, or for root unprivileged ones.
struct ids { uid_t uid; gid_t gid; int root; };

static struct ids ids(void) {
  int root = geteuid() == 0;
  return (struct ids){ root ? 65534 : geteuid(), root ? 65534 : getegid(), root };
}

static int put(pid_t pid, const char *name, const char *text) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return failure();
  int failed = write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : failure();
  return close(fd) != 0 && failed == 0 ? failure() : failed;
}

static int write_maps(pid_t pid, struct ids id) {
  char uids[48], gids[48];
  snprintf(uids, sizeof uids, "%u %u 1", (unsigned)id.uid, (unsigned)id.uid);
  snprintf(gids, sizeof gids, "%u %u 1", (unsigned)id.gid, (unsigned)id.gid);
  int failed = id.root ? 0 : put(pid, "setgroups", "deny");
  failed = failed ? failed : put(pid, "gid_map", gids);
  return failed ? failed : put(pid, "uid_map", uids);
}

// Runs `ask` in a child with a new user namespace and those of `flags`, its maps written. setresuid clears the death signal,
// so the wish comes after it; a parent that died before is noticed by the closed pipe.
static int inside(unsigned long flags, int (*ask)(void)) {
  int ready[2];
  struct ids id = ids();
  if (pipe2(ready, O_CLOEXEC) != 0) return failure();
  pid_t pid = (pid_t)syscall(SYS_clone, flags | CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
  if (pid < 0) return failure();
  if (pid == 0) {
    char byte;
    if (close(ready[1]) != 0 || read(ready[0], &byte, 1) != 1) _exit(ECANCELED);
    if (setresgid(id.gid, id.gid, id.gid) != 0 || setresuid(id.uid, id.uid, id.uid) != 0 ||
        prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
      _exit(failure());
    _exit(ask());
  }
  int failed = write_maps(pid, id);
  if (failed == 0 && write(ready[1], "g", 1) != 1) failed = failure();
  if (close(ready[1]) != 0 || close(ready[0]) != 0) failed = failed ? failed : failure();
  int status = wait_status(pid);
  return failed ? failed : status;
}

static int yes(void) { return 0; }
static int ask_timens(void) { return unshare(NEW_TIME) == 0 ? 0 : failure(); }

// A new file system, as a detached mount; with `key`=`value`. -1 with errno on failure.
static int new_mount(const char *type, const char *key, const char *value) {
  int context = (int)syscall(NR_FSOPEN, type, 1);
  if (context < 0 || syscall(NR_FSCONFIG, context, SET_STRING, key, value, 0) != 0 ||
      syscall(NR_FSCONFIG, context, CREATE, NULL, NULL, 0) != 0)
    return -1;
  return (int)syscall(NR_FSMOUNT, context, 1, 0);
}

// A tmpfs stacked on "/" and entered, in a mount namespace that sends nothing back.
static int enter_tmpfs(void) {
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) return failure();
  int root = new_mount("tmpfs", "mode", "0755");
  return root >= 0 && syscall(NR_MOVE_MOUNT, root, "", AT_FDCWD, "/", FROM_FD) == 0 && fchdir(root) == 0 ? 0 : failure();
}

static int ask_mountns(void) {
  int failed = enter_tmpfs();
  if (failed) return failed;
  if (syscall(SYS_pivot_root, ".", ".") != 0 || umount2(".", MNT_DETACH) != 0 || chdir("/") != 0) return failure();
  return mkdir("/probe", 0700) == 0 ? 0 : failure();
}

static int ask_proc(void) {
  int failed = enter_tmpfs();
  int proc = failed ? -1 : new_mount("proc", "hidepid", "invisible");
  if (failed || proc < 0) return failed ? failed : failure();
  if (mkdir("p", 0755) != 0 || syscall(NR_MOVE_MOUNT, proc, "", AT_FDCWD, "p", FROM_FD) != 0) return failure();
  return access("p/1/status", R_OK) == 0 ? 0 : failure();
}

static int ask_overlay(void) {
  int failed = enter_tmpfs();
  if (failed) return failed;
  if (mkdir("l", 0755) != 0 || mkdir("u", 0755) != 0 || mkdir("w", 0755) != 0 || mkdir("m", 0755) != 0) return failure();
  return mount("overlay", "m", "overlay", 0, "lowerdir=l,upperdir=u,workdir=w,userxattr") == 0 ? 0 : failure();
}

static int whole_tree(void) { return (int)syscall(NR_OPEN_TREE, AT_FDCWD, "/", TREE_CLONE | O_CLOEXEC | RECURSIVE); }
static int ask_open_tree(void) { return whole_tree() >= 0 ? 0 : failure(); }

static int ask_mount_setattr(void) {
  struct attr attr = { .set = RDONLY_NOSUID_NODEV };
  int tree = whole_tree();
  return tree >= 0 && syscall(NR_MOUNT_SETATTR, tree, "", EMPTY | RECURSIVE, &attr, sizeof attr) == 0 ? 0 : failure();
}

// Needs root of the host. The mapping's namespace is held by a child that waits to be killed.
static int ask_idmap(void) {
  char path[64];
  pid_t pid = (pid_t)syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
  if (pid < 0) return failure();
  if (pid == 0) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0) pause();
    _exit(0);
  }
  struct attr attr = { .set = ATTR_IDMAP };
  int failed = write_maps(pid, ids());
  snprintf(path, sizeof path, "/proc/%d/ns/user", (int)pid);
  int userns = open(path, O_RDONLY | O_CLOEXEC);
  attr.userns = (uint64_t)userns;
  int tree = (int)syscall(NR_OPEN_TREE, AT_FDCWD, "/usr", TREE_CLONE | O_CLOEXEC);
  if (failed == 0 && (userns < 0 || tree < 0 || syscall(NR_MOUNT_SETATTR, tree, "", EMPTY, &attr, sizeof attr) != 0))
    failed = failure();
  if (kill(pid, SIGKILL) != 0 && failed == 0) failed = failure();
  return wait_status(pid) == KILLED ? failed : BAD;
}

static int ask_netns(void) {
  struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  return fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &request) == 0 ? 0 : failure();
}

static int named(int error) { return error > 0 && error < BAD ? error : error == 0 ? 0 : BAD; }
static int ask_capture(void) { return named(probe_capture()); }
static int ask_routes(void) { return named(probe_routes()); }
static int ask_ipv6(void) { return named(probe_ipv6()); }

// Installs a filter that treats getppid as `action`; the descriptor of a listener, 0 without one, -1 with errno.
static int filter(uint32_t action, unsigned flags) {
  struct sock_filter code[] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1), BPF_STMT(BPF_RET | BPF_K, action),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW) };
  struct sock_fprog program = { sizeof code / sizeof code[0], code };
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
  return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

static int ask_filter(void) {
  return filter(SECCOMP_RET_ERRNO | ENOTTY, 0) != 0 ? failure() : syscall(SYS_getppid) == -1 && errno == ENOTTY ? 0 : BAD;
}

// A child makes the call; the answer is 4242, or with `send` the number of a descriptor put into it.
static int notified(unsigned flags, int send) {
  int listener = filter(SECCOMP_RET_USER_NOTIF, LISTENER | flags);
  pid_t pid = listener < 0 ? -1 : fork();
  if (pid < 0) return failure();
  if (pid == 0) {
    long result = prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 ? syscall(SYS_getppid) : -1;
    _exit(send ? (result > 2 && fcntl((int)result, F_GETFD) >= 0 ? 0 : BAD) : result == 4242 ? 0 : BAD);
  }
  struct seccomp_notif call = { 0 };
  int failed = ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) == 0 ? 0 : failure();
  struct seccomp_notif_resp answer = { .id = call.id, .val = 4242 };
  struct addfd addfd = { .id = call.id, .flags = ADDFD_SEND, .source = (uint32_t)listener };
  if (failed == 0 && (send ? ioctl(listener, IOCTL_ADDFD, &addfd) < 0 : ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer) != 0))
    failed = failure();
  if (failed != 0 && kill(pid, SIGKILL) != 0) return failed;
  int status = wait_status(pid);
  return failed ? failed : status;
}

static int ask_notify(void) { return notified(0, 0); }
static int ask_addfd(void) { return notified(0, 1); }
static int ask_killable(void) { return notified(WAIT_KILLABLE, 0); }

static int ask_memfd(void) {
  struct stat status;
  int fd = memfd_create("probe", MFD_CLOEXEC | MFD_ALLOW_SEALING | MEMFD_EXEC);
  if (fd < 0 && errno == EINVAL) fd = memfd_create("probe", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0 || fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW) != 0 || fstat(fd, &status) != 0) return failure();
  return (status.st_mode & 0111) != 0 ? 0 : EACCES;
}

static int ask_openat2(void) {
  struct how how = { .flags = O_PATH | O_CLOEXEC, .resolve = IN_ROOT_NO_MAGIC };
  return syscall(NR_OPENAT2, AT_FDCWD, "/", &how, sizeof how) >= 0 ? 0 : failure();
}

static int ask_close_range(void) { return syscall(NR_CLOSE_RANGE, 3, ~0U, 0) == 0 ? 0 : failure(); }

static int ask_pidfd_getfd(void) {
  int pidfd = (int)syscall(NR_PIDFD_OPEN, getpid(), 0);
  return pidfd >= 0 && syscall(NR_PIDFD_GETFD, pidfd, pidfd, 0) >= 0 ? 0 : failure();
}

// With flags, the question is asked inside a new user namespace and those of the flags.
static const struct question { const char *name; unsigned long flags; int (*ask)(void); } QUESTIONS[] = {
  { "userns", CLONE_NEWUSER, yes }, { "mountns", CLONE_NEWNS, ask_mountns }, { "pidns", CLONE_NEWPID, yes },
  { "netns", CLONE_NEWNET, ask_netns }, { "proc", CLONE_NEWNS | CLONE_NEWPID, ask_proc },
  { "timens", CLONE_NEWUSER, ask_timens }, { "cgroupns", CLONE_NEWCGROUP | CLONE_NEWIPC | CLONE_NEWUTS, yes },
  { "seccomp-filter", 0, ask_filter }, { "seccomp-notify", 0, ask_notify }, { "addfd-send", 0, ask_addfd },
  { "wait-killable", 0, ask_killable }, { "mount-setattr", CLONE_NEWNS, ask_mount_setattr },
  { "open-tree", CLONE_NEWNS, ask_open_tree }, { "idmap", 0, ask_idmap }, { "overlay", CLONE_NEWNS, ask_overlay },
  { "nf-tables", CLONE_NEWNET, ask_capture }, { "any-address", CLONE_NEWNET, ask_routes }, { "ipv6", CLONE_NEWNET, ask_ipv6 }, { "memfd", 0, ask_memfd }, { "openat2", 0, ask_openat2 },
  { "close-range", 0, ask_close_range }, { "pidfd-getfd", 0, ask_pidfd_getfd },
};

// Asked in a child of its own that an alarm ends.
static int answer(const struct question *question) {
  pid_t pid = fork();
  if (pid < 0) return failure();
  if (pid > 0) return wait_status(pid);
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || signal(SIGALRM, SIG_DFL) == SIG_ERR) _exit(failure());
  // The first use of netfilter loads modules, for which a slow machine takes some seconds.
  alarm(question->ask == ask_capture ? 3 * SECONDS : SECONDS);
  _exit(question->flags ? inside(question->flags, question->ask) : question->ask());
}

// Security modules by number (lsm_list_modules, Linux 6.8); nothing is printed where the call is missing.
static int print_modules(void) {
  uint64_t modules[32];
  uint32_t size = sizeof modules;
  long count = syscall(NR_LSM_LIST, modules, &size, 0);
  int ok = count < 0 || printf("lsm ") > 0;
  for (long i = 0; ok && i < count; i++)
    ok = printf(i == 0 ? "%u" : ",%u", (unsigned)modules[i]) > 0;
  return ok && (count < 0 || putchar('\n') != EOF);
}

// Whether one terminal may type into another user's shell: `0`, `1`, or `-` on kernels that always allow it.
static int print_tiocsti(void) {
  char value = '-';
  int fd = open("/proc/sys/dev/tty/legacy_tiocsti", O_RDONLY | O_CLOEXEC);
  if (fd >= 0 && (read(fd, &value, 1) != 1 || close(fd) != 0)) value = '-';
  return printf("tiocsti %c\n", value) > 0;
}

int probe_main(void) {
  struct utsname kernel;
  long abi = syscall(NR_LANDLOCK_CREATE, NULL, 0, 1);
  if (uname(&kernel) != 0 || printf("kernel %s\nlandlock %ld\n", kernel.release, abi < 0 ? 0 : abi) < 0) return 1;
  if (!print_modules() || !print_tiocsti() || fflush(stdout) != 0) return 1;
  for (size_t i = 0; i < sizeof QUESTIONS / sizeof QUESTIONS[0]; i++) {
    char number[16];
    int code = answer(&QUESTIONS[i]);
    snprintf(number, sizeof number, "%d", code);
    const char *text = code == 0 ? "ok" : code == TIMEOUT ? "timeout" : code >= BAD ? "broken" : number;
    if (printf("%s %s\n", QUESTIONS[i].name, text) < 0 || fflush(stdout) != 0) return 1;
  }
  return 0;
}
