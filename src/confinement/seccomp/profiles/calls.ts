// System calls by what becomes of them in the built-in profiles. Every name in the generated tables stands in exactly one
// of these lists or has argument rules; a test holds that, so that a new kernel's calls are judged and not forgotten.

/** What any program with a real toolchain may call. */
export const ORDINARY: readonly string[] = [
  // files by descriptor
  ...words(`read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 lseek close close_range dup dup2 dup3
    fcntl flock fsync fdatasync sync syncfs sync_file_range ftruncate fallocate fadvise64 readahead cachestat
    sendfile copy_file_range splice tee getdents getdents64 fstat fstatfs fchdir fchmod fchown`),
  // files by path
  ...words(`open openat openat2 creat access faccessat faccessat2 stat lstat newfstatat statx statfs readlink readlinkat
    getcwd chdir mkdir mkdirat rmdir mknod mknodat link linkat symlink symlinkat unlink unlinkat rename renameat renameat2
    truncate chmod fchmodat fchmodat2 chown lchown fchownat umask utime utimes utimensat futimesat`),
  ...words(`getxattr lgetxattr fgetxattr getxattrat listxattr llistxattr flistxattr listxattrat setxattr lsetxattr fsetxattr
    setxattrat removexattr lremovexattr fremovexattr removexattrat inotify_init inotify_init1 inotify_add_watch
    inotify_rm_watch`),
  // waiting
  ...words(`poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 eventfd
    eventfd2 signalfd signalfd4 timerfd_create timerfd_settime timerfd_gettime pipe pipe2`),
  // memory
  ...words(`brk mmap munmap mprotect mremap msync mincore madvise mlock mlock2 mlockall munlock munlockall memfd_create
    membarrier mseal pkey_alloc pkey_free pkey_mprotect map_shadow_stack get_mempolicy`),
  // processes and threads
  ...words(`fork vfork execve execveat exit exit_group wait4 waitid kill tkill tgkill pidfd_open pidfd_send_signal getpid
    getppid gettid getpgid getpgrp setpgid getsid setsid set_tid_address set_robust_list get_robust_list futex futex_waitv
    futex_wait futex_wake futex_requeue rseq arch_prctl prctl capget seccomp landlock_create_ruleset landlock_add_rule
    landlock_restrict_self getrandom restart_syscall uprobe uretprobe`),
  ...words(`getuid geteuid getgid getegid getresuid getresgid getgroups setuid setgid setreuid setregid setresuid setresgid
    setgroups setfsuid setfsgid`),
  ...words(`sched_yield sched_getaffinity sched_setaffinity sched_getparam sched_setparam sched_getscheduler
    sched_setscheduler sched_getattr sched_setattr sched_get_priority_max sched_get_priority_min sched_rr_get_interval
    getcpu getpriority setpriority ioprio_get ioprio_set getrlimit setrlimit prlimit64 getrusage times`),
  // signals and time
  ...words(`rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigsuspend rt_sigtimedwait rt_sigqueueinfo
    rt_tgsigqueueinfo sigaltstack pause alarm getitimer setitimer nanosleep clock_nanosleep clock_gettime clock_getres
    gettimeofday time timer_create timer_settime timer_gettime timer_getoverrun timer_delete sysinfo uname`),
  // sockets; making them has argument rules
  ...words(`connect bind listen accept accept4 shutdown getsockname getpeername getsockopt setsockopt sendto sendmsg sendmmsg
    recvfrom recvmsg recvmmsg`),
];

/** What debuggers, databases, desktop programs and the like need as well. Within one sandbox only: pid and ipc namespaces. */
export const UNCOMMON: readonly string[] = [
  ...words("ptrace process_vm_readv process_vm_writev process_mrelease"),
  ...words("shmget shmat shmdt shmctl semget semop semtimedop semctl msgget msgsnd msgrcv msgctl"),
  ...words("mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr"),
  ...words("io_setup io_destroy io_submit io_cancel io_getevents io_pgetevents vmsplice"),
  ...words("mbind set_mempolicy memfd_secret remap_file_pages capset"),
];

/** What makes namespaces, mounts and names of the system; `withNesting` allows it. */
export const NESTING: readonly string[] = words(`chroot fsconfig fsmount fsopen fspick mount mount_setattr move_mount
  open_tree open_tree_attr pivot_root setdomainname sethostname setns umount2 unshare`);

/** Powers over the host, or a large part of the kernel for the attacker: EPERM, as without the capability. */
export const FORBIDDEN: readonly string[] = words(`acct add_key adjtimex bpf clock_adjtime clock_settime delete_module
  fanotify_init fanotify_mark finit_module init_module ioperm iopl kcmp kexec_file_load kexec_load keyctl lsm_set_self_attr
  migrate_pages modify_ldt move_pages name_to_handle_at open_by_handle_at perf_event_open pidfd_getfd process_madvise
  quotactl quotactl_fd reboot request_key settimeofday swapoff swapon syslog userfaultfd vhangup`);

/** As if the kernel didn't have it, so that programs take the older call or do without. The default, hence no rule. */
export const MISSING: readonly string[] = words(`_sysctl afs_syscall clone3 create_module epoll_ctl_old epoll_wait_old
  file_getattr file_setattr get_kernel_syms get_thread_area getpmsg io_uring_enter io_uring_register io_uring_setup listmount
  lookup_dcookie lsm_get_self_attr lsm_list_modules nfsservctl putpmsg query_module security set_mempolicy_home_node
  set_thread_area statmount sysfs tuxcall uselib ustat vserver`);

/** Calls with argument rules. */
export const CONDITIONAL: readonly string[] = words("clone ioctl personality socket socketpair");

function words(text: string): string[] {
  return text.split(/\s+/);
}
