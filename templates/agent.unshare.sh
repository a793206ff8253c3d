#!/bin/bash
# A sandbox for agent by unshare, mount and pivot_root, made by "cordon export" from cordon.yaml.
# It works without Cordon. Change the policy and export again rather than this file.
# Use: ./agent.unshare.sh [ARGUMENT...]; what is given is added to the command's words.
# It needs util-linux 2.38, bash, coreutils, and a system whose users may make user namespaces.
#
# Compared with "cordon run" this is lost:
# - The network: there is no proxy that would hold the list of hosts, so the network is none. Not reached:
# api.example.com, *.example.org.
# - The record: no events, no audit.
# - Denied files are hidden (files.deny): what existed when this was exported is hidden; what comes later
# isn't
# - Files that others execute stay as they are (workspace.protected-names): what existed when this was
# exported stays as it is; such names can be made anew
# - Few system calls (process.seccomp): there is no filter: no shell can load one
# - Programs are recorded (process.recorded): nothing is recorded: there is no supervisor
# - No kernel keyring (ipc.keyring): there is no filter that would refuse the calls for keys
# - No sockets of the host (ipc.socket-files): a service that listens on a socket file in a granted folder can
# be reached
# - No typing into your terminal (terminal.no-injection): only where the kernel itself refuses it
# (dev.tty.legacy_tiocsti=0, Linux 6.2)
# - Limited memory (limits.memory): of each process, not of all of them together
# - Limited processors (limits.cpu): nothing here shares out the processors
# - The command is the first process of its namespace: nobody collects orphans for it, and it ignores signals
# that it doesn't handle.
set -eu

# No open files from outside (process.no-inherited-descriptors): Of the files that were open when Cordon was
# started, only standard input, output and error are handed on.
for fd in /proc/self/fd/*; do
  fd="${fd##*/}"
  [ "$fd" -le 2 ] || exec {fd}>&-
done

# What follows up to the line INNER runs as the first process of new namespaces, in which it has the rights to
# mount.
inner=$(cat <<'INNER'
set -eu

# An empty root in memory; bind SOURCE TARGET OPTIONS shows a file or folder of the host in it, with all that
# is mounted below.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
for root in /mnt /media /srv /opt; do [ ! -d "$root" ] || break; done
mount -t tmpfs -o mode=0755,size=16m,nosuid,nodev tmpfs "$root"
mkdir -m 000 "$root/.empty-folder" && : >"$root/.empty-file" && chmod 000 "$root/.empty-file"
bind() {
  if [ -d "$1" ]; then mkdir -p -- "$root$2"; else mkdir -p -- "$root$(dirname -- "$2")"; [ -e "$root$2" ] || : >"$root$2"; fi
  mount --rbind -- "$1" "$root$2"
  local at options
  while read -r _ _ _ _ at options _; do at=$(printf %b "$at")
    case "$at/" in "$root$2"/*) mount -o "remount,bind,$options,$3" -- "$at" ;; esac
  done </proc/self/mountinfo
}

# Only named folders (files.named-only): No file or folder of yours can be seen but those that the policy
# names.
# The system is read-only (files.system-read-only): Programs and libraries of this computer can be used, not
# changed.
# Programs and libraries, and the few files of /etc that programs need.
bind /usr /usr ro,nosuid,nodev
mkdir -p -- "$(dirname -- "$root"/bin)" && ln -sfn -- usr/bin "$root"/bin
mkdir -p -- "$(dirname -- "$root"/sbin)" && ln -sfn -- usr/sbin "$root"/sbin
mkdir -p -- "$(dirname -- "$root"/lib)" && ln -sfn -- usr/lib "$root"/lib
bind /etc/java-17-openjdk /etc/java-17-openjdk ro,nosuid,nodev
bind /etc/ld.so.cache /etc/ld.so.cache ro,nosuid,nodev
mkdir -p -- "$(dirname -- "$root"/etc/localtime)" && ln -sfn -- /usr/share/zoneinfo/Etc/UTC "$root"/etc/localtime
mkdir -p -- "$(dirname -- "$root"/etc/os-release)" && ln -sfn -- ../usr/lib/os-release "$root"/etc/os-release
bind /etc/services /etc/services ro,nosuid,nodev
bind /etc/ssl/certs /etc/ssl/certs ro,nosuid,nodev
mkdir -p -- "$(dirname -- "$root"/etc/gitconfig)" && printf %s '[user]
	name = "Ada"
' >"$root"/etc/gitconfig
mkdir -p -- "$(dirname -- "$root"/etc/group)" && printf %s 'root:x:0:
ada:x:1000:
nogroup:x:65534:
' >"$root"/etc/group
mkdir -p -- "$(dirname -- "$root"/etc/hostname)" && printf %s 'cordon
' >"$root"/etc/hostname
mkdir -p -- "$(dirname -- "$root"/etc/hosts)" && printf %s '127.0.0.1 localhost cordon
::1 localhost ip6-localhost ip6-loopback
' >"$root"/etc/hosts
mkdir -p -- "$(dirname -- "$root"/etc/nsswitch.conf)" && printf %s 'passwd: files
group: files
shadow: files
hosts: files
services: files
protocols: files
' >"$root"/etc/nsswitch.conf
mkdir -p -- "$(dirname -- "$root"/etc/passwd)" && printf %s 'root:x:0:0:root:/root:/usr/sbin/nologin
ada:x:1000:1000::/home/ada:/bin/bash
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
' >"$root"/etc/passwd
mkdir -p -- "$(dirname -- "$root"/etc/resolv.conf)" && printf %s '# Names are answered by /etc/hosts alone.
nameserver 127.0.0.1
options timeout:1 attempts:1
' >"$root"/etc/resolv.conf
mkdir -p -- "$(dirname -- "$root"/etc/mtab)" && ln -sfn -- ../proc/self/mounts "$root"/etc/mtab

# No devices (devices.minimal): Disks, camera, microphone and graphics aren't there; only null, zero, random
# and the like.
# Kernel files are hidden (proc.masked): Files of /proc and /sys that tell of or change the whole computer are
# hidden or read-only.
mkdir -p -- "$root"/proc && mount -t proc -o nosuid,nodev,noexec proc "$root"/proc
echo 1 >"$root"/proc/sys/user/max_user_namespaces
for name in acpi asound config.gz fs iomem ioports kallsyms kcore key-users keys kmsg kpagecgroup kpagecount kpageflags latency_stats modules sched_debug scsi slabinfo sysrq-trigger timer_list vmallocinfo; do
  if [ -d "$root"/proc/"$name" ]; then mount --bind "$root/.empty-folder" "$root"/proc/"$name"
  elif [ -e "$root"/proc/"$name" ]; then mount --bind "$root/.empty-file" "$root"/proc/"$name"; fi
done
for name in bus irq sys; do
  [ ! -e "$root"/proc/"$name" ] || { mount --bind "$root"/proc/"$name" "$root"/proc/"$name" && mount -o remount,bind,ro,nosuid,nodev,noexec "$root"/proc/"$name"; }
done
mkdir -p -- "$root"/dev/pts "$root"/dev/shm
for name in null zero full random urandom tty; do : >"$root"/dev/"$name" && mount --bind "/dev/$name" "$root"/dev/"$name"; done
mount -t devpts -o newinstance,ptmxmode=0666,mode=0600,nosuid,noexec devpts "$root"/dev/pts && ln -s pts/ptmx "$root"/dev/ptmx
mount -t tmpfs -o mode=1777,size=256m,nosuid,nodev tmpfs "$root"/dev/shm
ln -s /proc/self/fd "$root"/dev/fd && ln -s fd/0 "$root"/dev/stdin && ln -s fd/1 "$root"/dev/stdout && ln -s fd/2 "$root"/dev/stderr

# The home folder is hidden (files.home-hidden): Your home folder isn't there: the command has one of its own,
# without your keys, settings and documents.
# A private /tmp (files.tmp-private): /tmp is empty at the start, isn't yours, and is gone at the end.
mkdir -p -m 755 -- "$root"/sys

bind /sys/devices/system/cpu /sys/devices/system/cpu ro,nosuid,nodev,noexec

mkdir -p -m 755 -- "$root"/run
mkdir -p -- "$root"/run/user/1000 && mount -t tmpfs -o mode=0700,size=67108864,nosuid,nodev,noexec tmpfs "$root"/run/user/1000
mkdir -p -m 755 -- "$root"/var

mkdir -p -- "$(dirname -- "$root"/var/run)" && ln -sfn -- /run "$root"/var/run

mkdir -p -- "$root"/tmp && mount -t tmpfs -o mode=1777,size=536870912,nosuid,nodev tmpfs "$root"/tmp
mkdir -p -- "$root"/var/tmp && mount -t tmpfs -o mode=1777,size=536870912,nosuid,nodev tmpfs "$root"/var/tmp
mkdir -p -- "$root"/home/ada && mount -t tmpfs -o mode=0700,size=1073741824,nosuid,nodev tmpfs "$root"/home/ada
mkdir -p -m 700 -- "$root"/home/ada/.cache
mkdir -p -m 700 -- "$root"/home/ada/.cargo
mkdir -p -m 700 -- "$root"/home/ada/.config
mkdir -p -m 700 -- "$root"/home/ada/.gradle
mkdir -p -m 700 -- "$root"/home/ada/.local
mkdir -p -m 700 -- "$root"/home/ada/.m2
mkdir -p -m 700 -- "$root"/home/ada/.npm
mkdir -p -m 700 -- "$root"/home/ada/.rustup

# What the policy grants, and the folder of the command's own program.
bind /home/ada/project /home/ada/project rw,nosuid,nodev

# Files that others execute stay as they are (workspace.protected-names, in part): In the writable folders,
# files that git, a shell or an editor would run later can't be made, changed or moved, at any depth.
bind /home/ada/project/.git/hooks /home/ada/project/.git/hooks ro,nosuid,nodev

mkdir -p -- "$root"/usr/share/git-core/templates && mount -t tmpfs -o mode=0755,size=4096,nosuid,nodev,noexec,ro tmpfs "$root"/usr/share/git-core/templates

# Denied files are hidden (files.deny, in part): Files that the policy denies are hidden also inside of
# granted folders, and can't be made there.
mount --bind -- "$root/.empty-file" "$root"/home/ada/project/.env
mount -o remount,bind,ro,nosuid,nodev,noexec -- "$root"/home/ada/project/.env

# The new root takes the place of the old one, which is let go; from now on it can only be read. Loopback and
# the host's name need ip(8) and hostname(1).
if command -v ip >/dev/null; then ip link set lo up; fi
if command -v hostname >/dev/null; then hostname cordon; fi
cd "$root" && pivot_root . . && umount -l . && cd /
mount -o remount,bind,ro,nosuid,nodev /

# Limited processes (limits.pids): So many processes and threads can be there at once: a fork bomb stays
# small.
# Limited open files (limits.files): Each process can have so many files open at once.
# No new privileges (process.no-new-privileges): Programs such as sudo and su give no more rights.
# No capabilities (process.no-capabilities): The command has none of the administrator's rights, not even over
# its own sandbox.
# No namespaces of its own (process.no-namespaces): The command can't make namespaces or mounts, by which
# walls of this kind have been climbed.
# A clean environment (process.environment-clean): Your environment variables, with the keys in them, aren't
# handed on but for those that the policy names.
# Never the administrator (identity.unprivileged): The command never runs as root, also when Cordon was
# started by root.
# Limited memory (limits.memory, in part): Memory is bounded: of the run as a whole where a control group
# holds it, else of each process.
# Few system calls (process.seccomp, in part): System calls that a command doesn't need are refused: kernel
# modules, bpf, io_uring, raw sockets and the like.
# No kernel keyring (ipc.keyring, in part): The keys that the kernel keeps for you can't be read.
# No typing into your terminal (terminal.no-injection, in part): The command can't put words into your
# terminal as if you had typed them.
# A second namespace of users, in which the command is nobody but itself and has no rights over all that was
# made above.
at_most() { local hard; hard=$(ulimit -H "$1"); if [ "$hard" != unlimited ] && [ "$hard" -lt "$2" ]; then echo "$hard"; else echo "$2"; fi; }
words=()
words+=(HOME=/home/ada)
words+=(LOGNAME=ada)
words+=(PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin)
words+=(PWD=/home/ada/project)
words+=(SHELL=/bin/bash)
words+=(TMPDIR=/tmp)
words+=(USER=ada)
words+=(XDG_RUNTIME_DIR=/run/user/1000)
words+=(${TERM+TERM="$TERM"})
words+=(${LANG+LANG="$LANG"})
cd -- /home/ada/project
exec unshare --user --map-user=1000 --map-group=1000 -- setpriv --no-new-privs --inh-caps=-all -- prlimit --nproc="$(at_most -u 512)" --nofile="$(at_most -n 4096)" --data=2147483648 --core=0 \
  env -i -- "${words[@]}" /usr/local/bin/agent --work . "$@"
INNER
)

# Other processes are invisible (process.pid-namespace): Programs that run outside can't be seen, nor their
# command lines and memory.
# No signals to the outside (process.no-host-signals): Programs outside can't be stopped, killed or traced.
# Nothing stays behind (process.dies-with-supervisor): When Cordon ends, however it ends, everything in the
# sandbox ends too.
# No shared memory with the outside (ipc.private): Shared memory, semaphores and message queues of other
# programs can't be reached.
# No abstract sockets of the outside (ipc.abstract-sockets): Services that listen on sockets without a file,
# such as the desktop's, can't be reached.
# No network (network.none): Nothing can be reached: not the internet, not the local network, not services on
# this computer.
# Limited time (limits.time): The run is ended after so much time.
unshare=$(command -v unshare) || { echo "$0: unshare isn't installed" >&2; exit 125; }
timeout=$(command -v timeout) || { echo "$0: timeout isn't installed" >&2; exit 125; }
umask 022
exec "$timeout" --foreground --kill-after=5 3600 "$unshare" --user --map-root-user --mount --propagation private --pid --fork --kill-child=KILL \
  --net --ipc --uts --cgroup -- /bin/bash -c "$inner" "$0" "$@"
