// Calls into parts of the kernel that a sandboxed command has no business with. Each runs in a child of its own, so that a
// filter that kills shows as `signal N`. Prints one line a call: `NAME ok`, `NAME errno N` or `NAME signal N`.
// Nothing here changes the host when it works: run it outside only in fresh mount and pid namespaces.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <linux/userfaultfd.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static long c_mount(void) { return mount("none", "/tmp", "tmpfs", 0, NULL); }
static long c_bind(void) { return mount("/", "/tmp", NULL, MS_BIND, NULL); }
static long c_remount(void) { return mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL); }
static long c_umount(void) { return umount2("/proc", MNT_DETACH); }
static long c_proc(void) { return mount("proc", "/proc", "proc", 0, NULL); }
static long c_fsopen(void) { return syscall(SYS_fsopen, "tmpfs", 0); }
static long c_open_tree(void) { return syscall(SYS_open_tree, AT_FDCWD, "/", 1 /* OPEN_TREE_CLONE */); }
static long c_mount_setattr(void) {
    uint64_t attributes[4] = {0, 1 /* MOUNT_ATTR_RDONLY */, 0, 0};
    return syscall(SYS_mount_setattr, AT_FDCWD, "/", 0, attributes, sizeof attributes);
}
static long c_pivot(void) {
    if (mount("none", "/tmp", "tmpfs", 0, NULL) || chdir("/tmp")) return -1;
    return syscall(SYS_pivot_root, ".", ".");
}
static long c_chroot(void) { return chroot("/tmp"); }
static long c_unshare(int flags) { return unshare(flags); }
static long c_unshare_user(void) { return c_unshare(CLONE_NEWUSER); }
static long c_unshare_mount(void) { return c_unshare(CLONE_NEWNS); }
static long c_unshare_net(void) { return c_unshare(CLONE_NEWNET); }
static long c_unshare_pid(void) { return c_unshare(CLONE_NEWPID); }
static long c_unshare_ipc(void) { return c_unshare(CLONE_NEWIPC); }
static long c_unshare_uts(void) { return c_unshare(CLONE_NEWUTS); }
static long c_unshare_cgroup(void) { return c_unshare(CLONE_NEWCGROUP); }
static long c_unshare_time(void) { return c_unshare(0x80 /* CLONE_NEWTIME */); }
static long c_setns(void) { return setns(open("/proc/self/ns/net", O_RDONLY), CLONE_NEWNET); }
static long child_of(long pid) {
    if (pid == 0) _exit(0);
    if (pid > 0) waitpid((pid_t)pid, NULL, 0);
    return pid;
}
static long c_clone_user(void) { return child_of(syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0)); }
static long c_clone_mount(void) { return child_of(syscall(SYS_clone, CLONE_NEWNS | SIGCHLD, 0, 0, 0, 0)); }
static long clone3_with(uint64_t flags) {
    struct clone_args arguments = {.flags = flags, .exit_signal = SIGCHLD};
    return child_of(syscall(SYS_clone3, &arguments, sizeof arguments));
}
static long c_clone3_user(void) { return clone3_with(CLONE_NEWUSER); }
static long c_clone3_net(void) { return clone3_with(CLONE_NEWNET); }
static long c_bpf_map(void) {
    union bpf_attr attr = {0};
    attr.map_type = BPF_MAP_TYPE_ARRAY;
    attr.key_size = attr.value_size = 4;
    attr.max_entries = 1;
    return syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof attr);
}
static long c_perf(void) {
    struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE, .size = sizeof attr, .config = PERF_COUNT_SW_CPU_CLOCK};
    return syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}
static long c_io_uring(void) {
    struct io_uring_params params = {0};
    return syscall(SYS_io_uring_setup, 4, &params);
}
static long c_userfaultfd(void) { return syscall(SYS_userfaultfd, 1 /* UFFD_USER_MODE_ONLY */); }
static long c_keyctl(void) { return syscall(SYS_keyctl, 0 /* GET_KEYRING_ID */, -4 /* user keyring */, 1); }
static long c_add_key(void) { return syscall(SYS_add_key, "user", "cordon-test", "x", 1, -2 /* process keyring */); }
static long c_request_key(void) {
    if (syscall(SYS_add_key, "user", "cordon-test", "x", 1, -2) < 0) return -1;
    return syscall(SYS_request_key, "user", "cordon-test", NULL, 0);
}
static long c_handle(void) {
    struct { struct file_handle head; char bytes[128]; } handle = {.head.handle_bytes = 128};
    int mount_id;
    if (name_to_handle_at(AT_FDCWD, "/etc", &handle.head, &mount_id, 0)) return -1;
    return open_by_handle_at(open("/", O_RDONLY), &handle.head, O_RDONLY);
}
static long c_syslog(void) { char text[64]; return syscall(SYS_syslog, 3, text, sizeof text); }
static long c_fanotify(void) { return syscall(SYS_fanotify_init, 4 /* CLASS_CONTENT */, 0); }
static long c_setuid0(void) { return setresuid(0, 0, 0) ? -1 : geteuid() == 0 ? 0 : -1; }
#ifdef __x86_64__
static long c_int80(void) {
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory", "r8", "r9", "r10", "r11");
    errno = result < 0 ? (int)-result : 0;
    return result < 0 ? -1 : result;
}
static long c_x32(void) { return syscall(0x40000000 | SYS_getpid); }
static long c_ioperm(void) { return syscall(SYS_ioperm, 0x80, 1, 1); }
static long c_iopl(void) { return syscall(SYS_iopl, 3); }
#endif

static const struct { const char *name; long (*call)(void); } calls[] = {
    {"mount", c_mount}, {"bind", c_bind}, {"remount", c_remount}, {"proc", c_proc}, {"umount", c_umount}, {"fsopen", c_fsopen},
    {"open_tree", c_open_tree}, {"mount_setattr", c_mount_setattr}, {"pivot_root", c_pivot}, {"chroot", c_chroot},
    {"unshare-user", c_unshare_user}, {"unshare-mount", c_unshare_mount}, {"unshare-net", c_unshare_net}, {"unshare-pid", c_unshare_pid},
    {"unshare-ipc", c_unshare_ipc}, {"unshare-uts", c_unshare_uts}, {"unshare-cgroup", c_unshare_cgroup},
    {"unshare-time", c_unshare_time}, {"setns", c_setns}, {"clone-user", c_clone_user}, {"clone-mount", c_clone_mount},
    {"clone3-user", c_clone3_user}, {"clone3-net", c_clone3_net}, {"bpf", c_bpf_map}, {"perf_event_open", c_perf},
    {"io_uring_setup", c_io_uring}, {"userfaultfd", c_userfaultfd}, {"keyctl", c_keyctl}, {"add_key", c_add_key},
    {"request_key", c_request_key}, {"open_by_handle_at", c_handle}, {"syslog", c_syslog},
    {"fanotify", c_fanotify}, {"setuid-0", c_setuid0},
#ifdef __x86_64__
    {"int80", c_int80}, {"x32", c_x32}, {"ioperm", c_ioperm}, {"iopl", c_iopl},
#endif
};

static int run(long (*call)(void)) {
    errno = 0;
    long result = call();
    return result < 0 ? (errno ? errno : 255) : 0;
}

int main(void) {
    for (unsigned i = 0; i < sizeof calls / sizeof *calls; i++) {
        int status;
        pid_t pid = fork();
        if (pid == 0) {
            if (geteuid() == 0 && getenv("FRESH_MOUNTS") && unshare(CLONE_NEWNS)) _exit(255);
            _exit(run(calls[i].call));
        }
        if (pid < 0 || waitpid(pid, &status, 0) < 0) return 2;
        if (WIFSIGNALED(status)) printf("%s signal %d\n", calls[i].name, WTERMSIG(status));
        else if (WEXITSTATUS(status)) printf("%s errno %d\n", calls[i].name, WEXITSTATUS(status));
        else printf("%s ok\n", calls[i].name);
    }
    return 0;
}
