// Calls into parts of the kernel that a sandboxed command has no business with.
#define _GNU_SOURCE
#include "breakout.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define NONE (void)count, (void)words
#define CALL(name) static long name(int count, char **words)

static long reaped(long pid) {
  if (pid == 0) _exit(0);
  if (pid > 0) waitpid((pid_t)pid, NULL, 0);
  return pid;
}

CALL(c_unshare) { return count < 1 ? -1 : unshare((int)number(words[0])); }
CALL(c_clone) { return count < 1 ? -1 : reaped(syscall(SYS_clone, number(words[0]) | SIGCHLD, 0, 0, 0, 0)); }
CALL(c_clone3) {
  struct clone_args arguments = {.flags = count < 1 ? 0 : (uint64_t)number(words[0]), .exit_signal = SIGCHLD};
  return reaped(syscall(SYS_clone3, &arguments, sizeof arguments));
}
CALL(c_setns) {
  int fd = count < 2 ? -1 : open(words[0], O_RDONLY | O_CLOEXEC);
  return fd < 0 ? -1 : setns(fd, (int)number(words[1]));
}
CALL(c_bpf_map) {
  NONE;
  union bpf_attr attr = {0};
  attr.map_type = BPF_MAP_TYPE_ARRAY;
  attr.key_size = attr.value_size = 4;
  attr.max_entries = 1;
  return syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof attr);
}
CALL(c_perf) {
  NONE;
  struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE, .size = sizeof attr, .config = PERF_COUNT_SW_CPU_CLOCK};
  attr.exclude_kernel = 1;
  return syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}
CALL(c_io_uring) {
  NONE;
  struct io_uring_params params = {0};
  return syscall(SYS_io_uring_setup, 4, &params);
}
// A ring whose one request makes a socket: no filter on socket(2) sees it.
CALL(c_io_uring_socket) {
  NONE;
  struct io_uring_params params = {0};
  int ring = (int)syscall(SYS_io_uring_setup, 4, &params);
  if (ring < 0) return -1;
  size_t queue_bytes = params.sq_off.array + params.sq_entries * sizeof(uint32_t);
  char *queue = mmap(NULL, queue_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
  struct io_uring_sqe *entries = mmap(NULL, params.sq_entries * sizeof *entries, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);
  if (queue == MAP_FAILED || entries == MAP_FAILED) return -1;
  memset(entries, 0, sizeof *entries);
  entries->opcode = 45; // IORING_OP_SOCKET
  entries->fd = 2;      // AF_INET
  entries->off = 1;     // SOCK_STREAM
  *(uint32_t *)(void *)(queue + params.sq_off.array) = 0;
  __atomic_store_n((uint32_t *)(void *)(queue + params.sq_off.tail), 1, __ATOMIC_RELEASE);
  return syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) == 1 ? 0 : -1;
}
CALL(c_userfaultfd) { NONE; return syscall(SYS_userfaultfd, 1 /* UFFD_USER_MODE_ONLY */); }
CALL(c_userfaultfd_kernel) { NONE; return syscall(SYS_userfaultfd, 0); }
CALL(c_keyctl) { NONE; return syscall(SYS_keyctl, 0 /* GET_KEYRING_ID */, -4 /* the user's */, 0); }
CALL(c_add_key) { NONE; return syscall(SYS_add_key, "user", "cordon-prober", "x", 1, -2 /* the process's own */); }
CALL(c_request_key) {
  NONE;
  if (syscall(SYS_add_key, "user", "cordon-prober", "x", 1, -2) < 0) return -1;
  return syscall(SYS_request_key, "user", "cordon-prober", NULL, 0);
}
CALL(c_name_to_handle) {
  NONE;
  struct { struct file_handle head; char bytes[128]; } handle = {.head.handle_bytes = 128};
  int mount_id;
  return name_to_handle_at(AT_FDCWD, "/etc", &handle.head, &mount_id, 0);
}
CALL(c_open_by_handle) {
  NONE;
  struct { struct file_handle head; char bytes[128]; } handle = {.head.handle_bytes = 128};
  int mount_id;
  if (name_to_handle_at(AT_FDCWD, "/etc", &handle.head, &mount_id, 0)) return -1;
  return open_by_handle_at(open("/", O_RDONLY | O_CLOEXEC), &handle.head, O_RDONLY);
}
CALL(c_syslog) { NONE; char text[64]; return syscall(SYS_syslog, 3, text, sizeof text); }
CALL(c_fanotify) { NONE; return syscall(SYS_fanotify_init, 4 /* CLASS_CONTENT */, 0); }
CALL(c_setuid) { NONE; return setresuid(0, 0, 0) != 0 ? -1 : 0; }
CALL(c_setgid) { NONE; return setresgid(0, 0, 0) != 0 ? -1 : 0; }
CALL(c_chroot) { NONE; return chroot("/"); }
CALL(c_sethostname) { NONE; return sethostname("broken-out", 10); }
// With arguments that can't work: EFAULT, EINVAL or the like tells that the kernel would have let it.
CALL(c_init_module) { NONE; return syscall(SYS_init_module, NULL, 0UL, ""); }
CALL(c_finit_module) { NONE; return syscall(SYS_finit_module, -1, "", 0); }
CALL(c_delete_module) { NONE; return syscall(SYS_delete_module, "cordon_prober_none", O_NONBLOCK); }
CALL(c_kexec) { NONE; return syscall(SYS_kexec_load, 0UL, 17UL, NULL, ~0UL); }
CALL(c_kexec_file) { NONE; return syscall(SYS_kexec_file_load, -1, -1, 0UL, NULL, ~0UL); }
CALL(c_reboot) { NONE; return syscall(SYS_reboot, 0, 0, 0, NULL); }
CALL(c_swapon) { NONE; return syscall(SYS_swapon, NULL, 0); }
CALL(c_acct) { NONE; return syscall(SYS_acct, (char *)1); }
// With a length of the tick that can't be: only who may set the clock is told so (EINVAL), everybody else is refused before (EPERM).
CALL(c_settime) {
  NONE;
  struct timex wanted = {.modes = ADJ_TICK, .tick = 1};
  return adjtimex(&wanted);
}
CALL(c_quotactl) { NONE; return syscall(SYS_quotactl, 0x800001 << 8, NULL, 0, NULL); }
CALL(c_mknod_disk) {
  const char *path = count < 1 ? "/tmp/cordon-prober-disk" : words[0];
  if (mknod(path, S_IFBLK | 0600, makedev(8, 0)) != 0) return -1;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  unlink(path);
  return fd < 0 ? -1 : 0;
}
// READ_IMPLIES_EXEC, which makes every page of a program executable.
CALL(c_personality) { NONE; return personality(0x0400000); }
CALL(c_dumpable_off) { NONE; return prctl(PR_SET_MM, 8 /* ARG_START */, 0, 0, 0) == 0 ? 0 : -1; }
CALL(c_no_new_privileges) { NONE; return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0 ? 0 : (errno = EPERM, -1); }
CALL(c_filtered) { NONE; return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 0 ? 0 : (errno = EPERM, -1); }
CALL(c_capability) {
  for (int cap = 0; cap <= 63; cap++) {
    int there = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);
    if (there < 0) break;
    if (there == 1) return 0;
  }
  NONE;
  errno = EPERM;
  return -1;
}
#ifdef __x86_64__
CALL(c_int80) {
  NONE;
  long result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory", "r8", "r9", "r10", "r11");
  errno = result < 0 ? (int)-result : 0;
  return result < 0 ? -1 : 0;
}
CALL(c_x32) { NONE; return syscall(0x40000000 | SYS_getpid); }
CALL(c_ioperm) { NONE; return syscall(SYS_ioperm, 0x80, 1, 1); }
CALL(c_iopl) { NONE; return syscall(SYS_iopl, 3); }
CALL(c_modify_ldt) { NONE; char table[16]; return syscall(SYS_modify_ldt, 0, table, sizeof table); }
#endif

// A terminal of the prober's own, which it controls: what is typed into it is as good as a user's word there.
static long on_terminal(unsigned long request, void *argument) {
  int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0) return -1;
  setsid();
  int slave = open(ptsname(master), O_RDWR | O_CLOEXEC);
  if (slave < 0 || ioctl(slave, TIOCSCTTY, 0) != 0) return -1;
  return ioctl(slave, request, argument);
}
CALL(c_tiocsti) { NONE; char letter = 'x'; return on_terminal(TIOCSTI, &letter); }
// The kernel reads 32 bits of the request, whatever stands above them.
CALL(c_tiocsti_high) { NONE; char letter = 'x'; return on_terminal(0x100000000UL | TIOCSTI, &letter); }
// Into the terminal that it was started on.
CALL(c_tiocsti_own) { NONE; char letter = 'x'; return ioctl(STDIN_FILENO, TIOCSTI, &letter); }
CALL(c_tioclinux) { NONE; char paste = 3; return on_terminal(TIOCLINUX, &paste); }
CALL(c_tiocsetd) { NONE; int discipline = 0; return on_terminal(TIOCSETD, &discipline); }
CALL(c_tioccons) { NONE; return on_terminal(TIOCCONS, NULL); }

CALL(c_open_files) {
  for (long left = count < 1 ? 0 : number(words[0]); left > 0; left--)
    if (open("/dev/null", O_RDONLY | O_CLOEXEC) < 0) return -1;
  return 0;
}
// MIB, every page of it written.
CALL(c_allocate) {
  size_t bytes = count < 1 ? 0 : (size_t)number(words[0]) << 20;
  char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return -1;
  for (size_t at = 0; at < bytes; at += 4096) memory[at] = 1;
  return 0;
}
static long milliseconds(clockid_t clock) {
  struct timespec now;
  return clock_gettime(clock, &now) != 0 ? -1 : now.tv_sec * 1000L + now.tv_nsec / 1000000L;
}
// WALL-MS CPU-MS: whether it can use so much processor time within so much time.
CALL(c_burn) {
  if (count < 2) return -1;
  long end = milliseconds(CLOCK_MONOTONIC) + number(words[0]), wanted = number(words[1]);
  while (milliseconds(CLOCK_MONOTONIC) < end)
    if (milliseconds(CLOCK_PROCESS_CPUTIME_ID) >= wanted) return 0;
  errno = EAGAIN;
  return -1;
}

const struct call kernel_calls[] = {
  {"unshare", c_unshare}, {"clone", c_clone}, {"clone3", c_clone3}, {"setns", c_setns}, {"bpf-map", c_bpf_map},
  {"perf-event", c_perf}, {"io-uring", c_io_uring}, {"io-uring-socket", c_io_uring_socket}, {"userfaultfd", c_userfaultfd},
  {"userfaultfd-kernel", c_userfaultfd_kernel}, {"keyctl", c_keyctl}, {"add-key", c_add_key}, {"request-key", c_request_key},
  {"name-to-handle", c_name_to_handle}, {"open-by-handle", c_open_by_handle}, {"syslog", c_syslog}, {"fanotify", c_fanotify},
  {"setuid", c_setuid}, {"setgid", c_setgid}, {"chroot", c_chroot}, {"sethostname", c_sethostname}, {"init-module", c_init_module},
  {"finit-module", c_finit_module}, {"delete-module", c_delete_module}, {"kexec", c_kexec}, {"kexec-file", c_kexec_file},
  {"reboot", c_reboot}, {"swapon", c_swapon}, {"acct", c_acct}, {"settime", c_settime}, {"quotactl", c_quotactl},
  {"mknod-disk", c_mknod_disk}, {"personality", c_personality}, {"set-mm", c_dumpable_off},
  {"no-new-privileges", c_no_new_privileges}, {"no-filter", c_filtered}, {"capability", c_capability},
  {"tiocsti", c_tiocsti}, {"tiocsti-high", c_tiocsti_high}, {"tiocsti-own", c_tiocsti_own}, {"tioclinux", c_tioclinux}, {"tiocsetd", c_tiocsetd}, {"tioccons", c_tioccons},
  {"open-files", c_open_files}, {"allocate", c_allocate}, {"burn", c_burn},
#ifdef __x86_64__
  {"int80", c_int80}, {"x32", c_x32}, {"ioperm", c_ioperm}, {"iopl", c_iopl}, {"modify-ldt", c_modify_ldt},
#endif
  {NULL, NULL},
};
