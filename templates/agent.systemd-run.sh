#!/bin/bash
# A sandbox for agent by systemd-run, made by "cordon export" from cordon.yaml.
# It works without Cordon. Change the policy and export again rather than this file.
# Use: ./agent.systemd-run.sh [ARGUMENT...]; what is given is added to the command's words.
# It needs systemd 252, a manager of the user that runs (a login has one), bash, and a system whose users may
# make user namespaces.
#
# Compared with "cordon run" this is lost:
# - The network: there is no proxy that would hold the list of hosts, so the network is none. Not reached:
# api.example.com, *.example.org.
# - The record: no events, no audit.
# - Denied files are hidden (files.deny): what existed when this was exported is hidden; what comes later
# isn't
# - Files that others execute stay as they are (workspace.protected-names): what existed when this was
# exported stays as it is; such names can be made anew
# - Other processes are invisible (process.pid-namespace): systemd before 257 has no PrivatePIDs=: other
# programs of the same user can be seen in /proc and can be sent signals
# - No signals to the outside (process.no-host-signals): systemd before 257 has no PrivatePIDs=: other
# programs of the same user can be seen in /proc and can be sent signals
# - Nothing stays behind (process.dies-with-supervisor): who is killed without a chance to tell systemd leaves
# the service running
# - Programs are recorded (process.recorded): nothing is recorded: there is no supervisor
# - No sockets of the host (ipc.socket-files): a service that listens on a socket file in a granted folder can
# be reached
# - Kernel files are hidden (proc.masked): what changes the kernel is read-only, and its log is shut; the rest
# of /proc can be read
# - The names of this computer's accounts and hosts: its own /etc/passwd, group, hosts and nsswitch.conf can
# be read.
# - Rules about arguments of system calls, beyond those that systemd has of its own.
set -eu

# No open files from outside (process.no-inherited-descriptors): Of the files that were open when Cordon was
# started, only standard input, output and error are handed on.
for fd in /proc/self/fd/*; do
  fd="${fd##*/}"
  [ "$fd" -le 2 ] || exec {fd}>&-
done

args=(--user --quiet --collect --wait --service-type=exec)

# No new privileges (process.no-new-privileges): Programs such as sudo and su give no more rights.
# No capabilities (process.no-capabilities): The command has none of the administrator's rights, not even over
# its own sandbox.
# Never the administrator (identity.unprivileged): The command never runs as root, also when Cordon was
# started by root.
# No kernel keyring (ipc.keyring): The keys that the kernel keeps for you can't be read.
# No namespaces of its own (process.no-namespaces): The command can't make namespaces or mounts, by which
# walls of this kind have been climbed.
args+=(
  -p NoNewPrivileges=yes
  -p PrivateUsers=yes
  -p CapabilityBoundingSet=
  -p AmbientCapabilities=
  -p KeyringMode=private
  -p RestrictRealtime=yes
  -p LockPersonality=yes
  -p NotifyAccess=none
  -p Delegate=no
  -p RestrictSUIDSGID=yes
  -p RestrictNamespaces=yes
)

# No shared memory with the outside (ipc.private): Shared memory, semaphores and message queues of other
# programs can't be reached.
# Other processes are invisible (process.pid-namespace, in part): Programs that run outside can't be seen, nor
# their command lines and memory.
# No signals to the outside (process.no-host-signals, in part): Programs outside can't be stopped, killed or
# traced.
# ProtectProc= counts where systemd may mount a new /proc, which a user's manager may not.
args+=(
  -p PrivateIPC=yes
  -p ProtectProc=invisible
  -p PrivateMounts=yes
)

# No devices (devices.minimal): Disks, camera, microphone and graphics aren't there; only null, zero, random
# and the like.
# Kernel files are hidden (proc.masked, in part): Files of /proc and /sys that tell of or change the whole
# computer are hidden or read-only.
args+=(
  -p PrivateDevices=yes
  -p DevicePolicy=closed
  -p ProtectKernelModules=yes
  -p ProtectControlGroups=yes
  -p ProtectClock=yes
  -p ProtectKernelTunables=yes
  -p ProtectKernelLogs=yes
  -p ProtectHostname=yes
)

# Only named folders (files.named-only): No file or folder of yours can be seen but those that the policy
# names.
# The root is an empty folder in memory; what is bound below is all that is there.
args+=(
  -p TemporaryFileSystem=/:ro
  -p ProtectHome=tmpfs
  -p ProtectSystem=yes
)

# The system is read-only (files.system-read-only): Programs and libraries of this computer can be used, not
# changed.
# Programs and libraries, and the few files of /etc that programs need.
args+=(
  -p BindReadOnlyPaths=/usr
  -p BindReadOnlyPaths=/usr/bin:/bin
  -p BindReadOnlyPaths=/usr/sbin:/sbin
  -p BindReadOnlyPaths=/usr/lib:/lib
  -p BindReadOnlyPaths=/etc/java-17-openjdk
  -p BindReadOnlyPaths=/etc/ld.so.cache
  -p BindReadOnlyPaths=/usr/share/zoneinfo/Etc/UTC:/etc/localtime
  -p BindReadOnlyPaths=/usr/lib/os-release:/etc/os-release
  -p BindReadOnlyPaths=/etc/services
  -p BindReadOnlyPaths=/etc/ssl/certs
  -p BindReadOnlyPaths=/sys/devices/system/cpu
)

args+=(
  -p BindReadOnlyPaths=-/etc/passwd
  -p BindReadOnlyPaths=-/etc/group
  -p BindReadOnlyPaths=-/etc/hosts
  -p BindReadOnlyPaths=-/etc/nsswitch.conf
)

# The home folder is hidden (files.home-hidden): Your home folder isn't there: the command has one of its own,
# without your keys, settings and documents.
# A private /tmp (files.tmp-private): /tmp is empty at the start, isn't yours, and is gone at the end.
args+=(
  -p TemporaryFileSystem=/run/user/1000:mode=0700,size=67108864,noexec
  -p PrivateTmp=yes
  -p TemporaryFileSystem=/home/ada:mode=0700,size=1073741824
)

# What the policy grants, and the folder of the command's own program.
args+=(
  -p BindPaths=/home/ada/project
)

# Files that others execute stay as they are (workspace.protected-names, in part): In the writable folders,
# files that git, a shell or an editor would run later can't be made, changed or moved, at any depth.
args+=(
  -p BindReadOnlyPaths=/home/ada/project/.git/hooks
)

args+=(
  -p TemporaryFileSystem=/usr/share/git-core/templates:mode=0755,size=4096,ro,noexec
)

# Denied files are hidden (files.deny, in part): Files that the policy denies are hidden also inside of
# granted folders, and can't be made there.
args+=(
  -p InaccessiblePaths=/home/ada/project/.env
)

# No network (network.none): Nothing can be reached: not the internet, not the local network, not services on
# this computer.
# No abstract sockets of the outside (ipc.abstract-sockets): Services that listen on sockets without a file,
# such as the desktop's, can't be reached.
# IPAddressDeny= counts where systemd may load programs into the kernel, which a user's manager may not;
# PrivateNetwork= holds without it.
args+=(
  -p PrivateNetwork=yes
  -p IPAddressDeny=any
)

# Few system calls (process.seccomp): System calls that a command doesn't need are refused: kernel modules,
# bpf, io_uring, raw sockets and the like.
# The calls that Cordon's filter lets through. All others are answered as if the kernel didn't have them, so
# that programs take older ones.
args+=(
  -p SystemCallArchitectures=native
  -p SystemCallErrorNumber=ENOSYS
  -p 'SystemCallFilter=accept accept4 access alarm arch_prctl bind brk capget capset chdir chmod chown'
  -p 'SystemCallFilter=clock_getres clock_gettime clock_nanosleep clone close close_range connect copy_file_range'
  -p 'SystemCallFilter=creat dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2'
  -p 'SystemCallFilter=epoll_wait eventfd eventfd2 execve execveat exit exit_group faccessat faccessat2 fadvise64'
  -p 'SystemCallFilter=fallocate fchdir fchmod fchmodat fchown fchownat fcntl fdatasync fgetxattr flistxattr'
  -p 'SystemCallFilter=flock fork fremovexattr fsetxattr fstat fstatfs fsync ftruncate futex futex_waitv'
  -p 'SystemCallFilter=futimesat get_mempolicy get_robust_list getcpu getcwd getdents getdents64 getegid geteuid'
  -p 'SystemCallFilter=getgid getgroups getitimer getpeername getpgid getpgrp getpid getppid getpriority'
  -p 'SystemCallFilter=getrandom getresgid getresuid getrlimit getrusage getsid getsockname getsockopt gettid'
  -p 'SystemCallFilter=gettimeofday getuid getxattr inotify_add_watch inotify_init inotify_init1 inotify_rm_watch'
  -p 'SystemCallFilter=io_cancel io_destroy io_getevents io_pgetevents io_setup io_submit ioctl ioprio_get'
  -p 'SystemCallFilter=ioprio_set kill landlock_add_rule landlock_create_ruleset landlock_restrict_self lchown'
  -p 'SystemCallFilter=lgetxattr link linkat listen listxattr llistxattr lremovexattr lseek lsetxattr lstat'
  -p 'SystemCallFilter=madvise mbind membarrier memfd_create memfd_secret mincore mkdir mkdirat mknod mknodat'
  -p 'SystemCallFilter=mlock mlock2 mlockall mmap mprotect mq_getsetattr mq_notify mq_open mq_timedreceive'
  -p 'SystemCallFilter=mq_timedsend mq_unlink mremap msgctl msgget msgrcv msgsnd msync munlock munlockall munmap'
  -p 'SystemCallFilter=nanosleep newfstatat open openat openat2 pause personality pidfd_open pidfd_send_signal'
  -p 'SystemCallFilter=pipe pipe2 pkey_alloc pkey_free pkey_mprotect poll ppoll prctl pread64 preadv preadv2'
  -p 'SystemCallFilter=prlimit64 process_mrelease process_vm_readv process_vm_writev pselect6 ptrace pwrite64'
  -p 'SystemCallFilter=pwritev pwritev2 read readahead readlink readlinkat readv recvfrom recvmmsg recvmsg'
  -p 'SystemCallFilter=remap_file_pages removexattr rename renameat renameat2 restart_syscall rmdir rseq'
  -p 'SystemCallFilter=rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend'
  -p 'SystemCallFilter=rt_sigtimedwait rt_tgsigqueueinfo sched_get_priority_max sched_get_priority_min'
  -p 'SystemCallFilter=sched_getaffinity sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval'
  -p 'SystemCallFilter=sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield seccomp'
  -p 'SystemCallFilter=select semctl semget semop semtimedop sendfile sendmmsg sendmsg sendto set_mempolicy'
  -p 'SystemCallFilter=set_robust_list set_tid_address setfsgid setfsuid setgid setgroups setitimer setpgid'
  -p 'SystemCallFilter=setpriority setregid setresgid setresuid setreuid setrlimit setsid setsockopt setuid'
  -p 'SystemCallFilter=setxattr shmat shmctl shmdt shmget shutdown sigaltstack signalfd signalfd4 socket'
  -p 'SystemCallFilter=socketpair splice stat statfs statx symlink symlinkat sync sync_file_range syncfs sysinfo'
  -p 'SystemCallFilter=tee tgkill time timer_create timer_delete timer_getoverrun timer_gettime timer_settime'
  -p 'SystemCallFilter=timerfd_create timerfd_gettime timerfd_settime times tkill truncate umask uname unlink'
  -p 'SystemCallFilter=unlinkat utime utimensat utimes vfork vmsplice wait4 waitid write writev'
  -p 'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK'
)

# Limited memory (limits.memory): Memory is bounded: of the run as a whole where a control group holds it,
# else of each process.
# Limited processes (limits.pids): So many processes and threads can be there at once: a fork bomb stays
# small.
# Limited processors (limits.cpu): The command can use so much processor time and no more.
# Limited open files (limits.files): Each process can have so many files open at once.
# Limited time (limits.time): The run is ended after so much time.
# Those of memory, processors and tasks count where their controllers are delegated to the user's manager
# (control groups, version 2).
args+=(
  -p MemoryMax=2147483648
  -p MemorySwapMax=0
  -p CPUQuota=200%
  -p TasksMax=512
  -p LimitNOFILE=4096
  -p LimitCORE=0
  -p RuntimeMaxSec=3600
)

args+=(
  -p WorkingDirectory=/home/ada/project
  -p UMask=0022
  -p KillMode=control-group
)

# No typing into your terminal (terminal.no-injection): The command can't put words into your terminal as if
# you had typed them.
# On a terminal the command gets one of its own.
if [ -t 0 ] && [ -t 1 ]; then args+=(--pty); else args+=(--pipe); fi

# A clean environment (process.environment-clean): Your environment variables, with the keys in them, aren't
# handed on but for those that the policy names.
# Nothing stays behind (process.dies-with-supervisor, in part): When Cordon ends, however it ends, everything
# in the sandbox ends too.
# The command, with an environment of its own.
systemd_run=$(command -v systemd-run) || { echo "$0: systemd-run isn't installed" >&2; exit 125; }
args+=(-- /usr/bin/env -i --)
args+=(HOME=/home/ada)
args+=(LOGNAME=ada)
args+=(PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin)
args+=(PWD=/home/ada/project)
args+=(SHELL=/bin/bash)
args+=(TMPDIR=/tmp)
args+=(USER=ada)
args+=(XDG_RUNTIME_DIR=/run/user/1000)
args+=(${TERM+"TERM=${TERM//\$/\$\$}"})
args+=(${LANG+"LANG=${LANG//\$/\$\$}"})
args+=(/usr/local/bin/agent --work .)
for word in "$@"; do args+=("${word//\$/\$\$}"); done
exec "$systemd_run" "${args[@]}"
