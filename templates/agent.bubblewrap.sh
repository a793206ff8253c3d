#!/bin/bash
# A sandbox for agent by bubblewrap, made by "cordon export" from cordon.yaml.
# It works without Cordon. Change the policy and export again rather than this file.
# Use: ./agent.bubblewrap.sh [ARGUMENT...]; what is given is added to the command's words.
# It needs bubblewrap 0.7, bash, coreutils, util-linux, and a system whose users may make user namespaces.
#
# Compared with "cordon run" this is lost:
# - The network: there is no proxy that would hold the list of hosts, so the network is none. Not reached:
# api.example.com, *.example.org.
# - The record: no events, no audit.
# - Denied files are hidden (files.deny): what existed when this was exported is hidden; what comes later
# isn't
# - Files that others execute stay as they are (workspace.protected-names): what existed when this was
# exported stays as it is; such names can be made anew
# - Programs are recorded (process.recorded): nothing is recorded: there is no supervisor
# - No sockets of the host (ipc.socket-files): a service that listens on a socket file in a granted folder can
# be reached
# - Limited memory (limits.memory): of each process, not of all of them together
# - Limited processors (limits.cpu): nothing here shares out the processors
# - Programs in the private folders can be executed: bubblewrap has no noexec.
set -eu

# No open files from outside (process.no-inherited-descriptors): Of the files that were open when Cordon was
# started, only standard input, output and error are handed on.
for fd in /proc/self/fd/*; do
  fd="${fd##*/}"
  [ "$fd" -le 2 ] || exec {fd}>&-
done

args=()

# Other processes are invisible (process.pid-namespace): Programs that run outside can't be seen, nor their
# command lines and memory.
# No signals to the outside (process.no-host-signals): Programs outside can't be stopped, killed or traced.
# No shared memory with the outside (ipc.private): Shared memory, semaphores and message queues of other
# programs can't be reached.
# No abstract sockets of the outside (ipc.abstract-sockets): Services that listen on sockets without a file,
# such as the desktop's, can't be reached.
# No network (network.none): Nothing can be reached: not the internet, not the local network, not services on
# this computer.
# No capabilities (process.no-capabilities): The command has none of the administrator's rights, not even over
# its own sandbox.
# No new privileges (process.no-new-privileges): Programs such as sudo and su give no more rights.
# Never the administrator (identity.unprivileged): The command never runs as root, also when Cordon was
# started by root.
# Nothing stays behind (process.dies-with-supervisor): When Cordon ends, however it ends, everything in the
# sandbox ends too.
args+=(--unshare-user --unshare-pid --unshare-net --unshare-ipc --unshare-uts --unshare-cgroup-try)
args+=(--uid 1000 --gid 1000 --hostname cordon --cap-drop ALL --die-with-parent)

# Only named folders (files.named-only): No file or folder of yours can be seen but those that the policy
# names.
# The system is read-only (files.system-read-only): Programs and libraries of this computer can be used, not
# changed.
# Programs and libraries, and the few files of /etc that programs need.
args+=(--ro-bind /usr /usr)
args+=(--symlink usr/bin /bin)
args+=(--symlink usr/sbin /sbin)
args+=(--symlink usr/lib /lib)
args+=(--ro-bind /etc/java-17-openjdk /etc/java-17-openjdk)
args+=(--ro-bind /etc/ld.so.cache /etc/ld.so.cache)
args+=(--symlink /usr/share/zoneinfo/Etc/UTC /etc/localtime)
args+=(--symlink ../usr/lib/os-release /etc/os-release)
args+=(--ro-bind /etc/services /etc/services)
args+=(--ro-bind /etc/ssl/certs /etc/ssl/certs)
exec {fd}< <(printf %s '[user]
	name = "Ada"
')
args+=(--perms 0644 --ro-bind-data "$fd" /etc/gitconfig)
exec {fd}< <(printf %s 'root:x:0:
ada:x:1000:
nogroup:x:65534:
')
args+=(--perms 0644 --ro-bind-data "$fd" /etc/group)
exec {fd}< <(printf %s 'cordon
')
args+=(--perms 0644 --ro-bind-data "$fd" /etc/hostname)
exec {fd}< <(printf %s '127.0.0.1 localhost cordon
::1 localhost ip6-localhost ip6-loopback
')
args+=(--perms 0644 --ro-bind-data "$fd" /etc/hosts)
exec {fd}< <(printf %s 'passwd: files
group: files
shadow: files
hosts: files
services: files
protocols: files
')
args+=(--perms 0644 --ro-bind-data "$fd" /etc/nsswitch.conf)
exec {fd}< <(printf %s 'root:x:0:0:root:/root:/usr/sbin/nologin
ada:x:1000:1000::/home/ada:/bin/bash
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
')
args+=(--perms 0644 --ro-bind-data "$fd" /etc/passwd)
exec {fd}< <(printf %s '# Names are answered by /etc/hosts alone.
nameserver 127.0.0.1
options timeout:1 attempts:1
')
args+=(--perms 0644 --ro-bind-data "$fd" /etc/resolv.conf)
args+=(--symlink ../proc/self/mounts /etc/mtab)

# No devices (devices.minimal): Disks, camera, microphone and graphics aren't there; only null, zero, random
# and the like.
# Kernel files are hidden (proc.masked): Files of /proc and /sys that tell of or change the whole computer are
# hidden or read-only.
args+=(--proc /proc)
for name in acpi asound config.gz fs iomem ioports kallsyms kcore key-users keys kmsg kpagecgroup kpagecount kpageflags latency_stats modules sched_debug scsi slabinfo sysrq-trigger timer_list vmallocinfo; do
  if [ -d "/proc/$name" ]; then args+=(--tmpfs /proc/"$name" --remount-ro /proc/"$name")
  elif [ -e "/proc/$name" ]; then args+=(--ro-bind /dev/null /proc/"$name"); fi
done
args+=(--ro-bind-try /proc/bus /proc/bus)
args+=(--ro-bind-try /proc/irq /proc/irq)
args+=(--ro-bind-try /proc/sys /proc/sys)
args+=(--dev /dev)

# The home folder is hidden (files.home-hidden): Your home folder isn't there: the command has one of its own,
# without your keys, settings and documents.
# A private /tmp (files.tmp-private): /tmp is empty at the start, isn't yours, and is gone at the end.
args+=(--perms 0755 --dir /sys)

args+=(--ro-bind /sys/devices/system/cpu /sys/devices/system/cpu)

args+=(--perms 0755 --dir /run)
args+=(--perms 0700 --size 67108864 --tmpfs /run/user/1000)
args+=(--perms 0755 --dir /var)

args+=(--symlink /run /var/run)

args+=(--perms 1777 --size 536870912 --tmpfs /tmp)
args+=(--perms 1777 --size 536870912 --tmpfs /var/tmp)
args+=(--perms 0700 --size 1073741824 --tmpfs /home/ada)
args+=(--perms 0700 --dir /home/ada/.cache)
args+=(--perms 0700 --dir /home/ada/.cargo)
args+=(--perms 0700 --dir /home/ada/.config)
args+=(--perms 0700 --dir /home/ada/.gradle)
args+=(--perms 0700 --dir /home/ada/.local)
args+=(--perms 0700 --dir /home/ada/.m2)
args+=(--perms 0700 --dir /home/ada/.npm)
args+=(--perms 0700 --dir /home/ada/.rustup)

# What the policy grants, and the folder of the command's own program.
args+=(--bind /home/ada/project /home/ada/project)

# Files that others execute stay as they are (workspace.protected-names, in part): In the writable folders,
# files that git, a shell or an editor would run later can't be made, changed or moved, at any depth.
args+=(--ro-bind /home/ada/project/.git/hooks /home/ada/project/.git/hooks)

args+=(--perms 0755 --size 4096 --tmpfs /usr/share/git-core/templates --remount-ro /usr/share/git-core/templates)

# Denied files are hidden (files.deny, in part): Files that the policy denies are hidden also inside of
# granted folders, and can't be made there.
exec {fd}< <(printf %s '')
args+=(--perms 0000 --ro-bind-data "$fd" /home/ada/project/.env)

# The tree is complete; its root stays as it is from now on.
args+=(--remount-ro /)

# A clean environment (process.environment-clean): Your environment variables, with the keys in them, aren't
# handed on but for those that the policy names.
args+=(--clearenv)
args+=(--setenv HOME /home/ada)
args+=(--setenv LOGNAME ada)
args+=(--setenv PATH /usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin)
args+=(--setenv PWD /home/ada/project)
args+=(--setenv SHELL /bin/bash)
args+=(--setenv TMPDIR /tmp)
args+=(--setenv USER ada)
args+=(--setenv XDG_RUNTIME_DIR /run/user/1000)
args+=(${TERM+--setenv TERM "$TERM"})
args+=(${LANG+--setenv LANG "$LANG"})
args+=(--chdir /home/ada/project)

# Few system calls (process.seccomp): System calls that a command doesn't need are refused: kernel modules,
# bpf, io_uring, raw sockets and the like.
# No namespaces of its own (process.no-namespaces): The command can't make namespaces or mounts, by which
# walls of this kind have been climbed.
# No kernel keyring (ipc.keyring): The keys that the kernel keeps for you can't be read.
# No typing into your terminal (terminal.no-injection): The command can't put words into your terminal as if
# you had typed them.
# The filter as the kernel takes it, for x64 only; "cordon export seccomp" writes the same for a reader.
exec {fd}< <(base64 -d <<'END'
IAAAAAQAAAAVAABYPgAAwCAAAAAAAAAANQArAPsAAAA1ABUAoQAAADUACgCGAAAANQAEADUAAAA1AAEAEQAAADUAusIQAAAANQAA
wSkAAAA1AMBuKgAAADUAAgA5AAAANQAAaTYAAAA1AFi9OAAAADUAALxnAAAANQC7umgAAAA1AAQAjAAAADUAAQCIAAAANQBIrocA
AAA1AACtiQAAADUArLaLAAAANQACAJ0AAAA1AAC0mQAAADUAqbKcAAAANQAAsp8AAAA1ALGwoAAAADUACgDTAAAANQAEALEAAAA1
AAEAowAAADUArayiAAAANQAAq64AAAA1AKqhrwAAADUAAgC6AAAANQAAn7MAAAA1AJ6ntAAAADUAAKfNAAAANQCmnM4AAAA1AAQA
5AAAADUAAQDWAAAANQCjmdUAAAA1AACY2AAAADUAoKHjAAAANQACAPYAAAA1AACf7AAAADUAnpTtAAAANQAAnPcAAAA1AJuc+AAA
ADUAFQCoAQAANQAKAC8BAAA1AAQAFwEAADUAAQABAQAANQCWlwABAAA1AACWEAEAADUAlZQRAQAANQACACsBAAA1AACSGAEAADUA
kZIqAQAANQAAkSwBAAA1AJCPLgEAADUABAA6AQAANQABADQBAAA1AI2MMgEAADUAAIs1AQAANQCKizgBAAA1AAIAQwEAADUAAIlA
AQAANQCIh0IBAAA1AACGRAEAADUAfIZRAQAANQAKALwBAAA1AAQAtAEAADUAAQCsAQAANQB4gqkBAAA1AACAsgEAADUAdoCzAQAA
NQACALgBAAA1AAB+tgEAADUAfXy3AQAANQAAe7kBAAA1AHp7ugEAADUABADNAQAANQABAMMBAAA1AG54wgEAADUAAHfJAQAANQB1
bMwBAAA1AAIA1AEAADUAAGrOAQAANQByc9MBAAA1AABoAAAAQDUAZwD/////BgAAAAAAAIAgAAAAEAAAADUABAABAAIANQABAAgA
AAA1AGJsAQAAADUAAGsJAAAANQBqYAAAAgA1AAIAAAAEADUAAF4IAAIANQBdZwkAAgA1AABmAQAEADUAZVv/////IAAAABAAAABF
AABjAAACfiAAAAAQAAAARQBgAAAAAgAgAAAAEAAAAEUAXgAAAAACIAAAABAAAABFAFwAAAAABCAAAAAQAAAARQBaAAAAAAggAAAA
EAAAAEUAWAAAAAAQIAAAABAAAABFAFYAAAAAICAAAAAQAAAARQBUSwAAAEAgAAAAEAAAADUAAEoBAAAANQBJUgIAAAAgAAAAEAAA
ADUAAwAKAAAANQABAAIAAAA1AE5FAQAAADUARAwDAAAANQABABAAAAA1AEIKCwAAADUAQQARAAAAIAAAACQAAABFAAIA/////yAA
AAAgAAAARQAARv////8gAAAAJAAAACUANgAAAAAAFQAAOQAAAAAgAAAAIAAAACUAMzcAAAAAIAAAABgAAABUAAAADwAAABUAAAQB
AAAAIAAAACQAAABFAAIA/////yAAAAAgAAAARQAAOv////8gAAAAGAAAAFQAAAAPAAAAFQAABAEAAAAgAAAAJAAAAEUAAgD/////
IAAAACAAAAAVADMABgAAACAAAAAYAAAAVAAAAA8AAAAVAAAFAQAAACAAAAAkAAAAJQAgAAAAAAAVAAACAAAAACAAAAAgAAAAJQAd
AAYAAAAgAAAAGAAAAFQAAAAPAAAAFQAABAIAAAAgAAAAJAAAAEUAAgD/////IAAAACAAAABFAAAk/////yAAAAAYAAAAVAAAAA8A
AAAVAAAEAgAAACAAAAAkAAAARQACAP////8gAAAAIAAAABUAHQARAAAAIAAAABgAAABUAAAADwAAABUAAAQCAAAAIAAAACQAAABF
AAIA/////yAAAAAgAAAAFQAIAAEAAAAgAAAAGAAAAFQAAAAPAAAAFQAABgIAAAAgAAAAJAAAACUAAwAAAAAAFQAAAwAAAAAgAAAA
IAAAACUAAAERAAAABgAAAF0ABQAgAAAAGAAAAFQAAAAPAAAAFQAJAAMAAAAGAAAAJgAFAAYAAABhAAUAIAAAABgAAAA1AAIAHFQA
ADUAAAUSVAAANQAEAxNUAAA1AAEAI1QAADUAAgEeVAAANQABACRUAAAGAAAAAQAFAAYAAAAAAP9/
END
)
args+=(--seccomp "$fd")

# Limited processes (limits.pids): So many processes and threads can be there at once: a fork bomb stays
# small.
# Limited open files (limits.files): Each process can have so many files open at once.
# Limited memory (limits.memory, in part): Memory is bounded: of the run as a whole where a control group
# holds it, else of each process.
at_most() { local hard; hard=$(ulimit -H "$1"); if [ "$hard" != unlimited ] && [ "$hard" -lt "$2" ]; then echo "$hard"; else echo "$2"; fi; }
args+=(-- prlimit --nproc="$(at_most -u 512)" --nofile="$(at_most -n 4096)" --data=2147483648 --core=0)

# Limited time (limits.time): The run is ended after so much time.
bwrap=$(command -v bwrap) || { echo "$0: bwrap isn't installed" >&2; exit 125; }
timeout=$(command -v timeout) || { echo "$0: timeout isn't installed" >&2; exit 125; }
umask 022
exec env -i "$timeout" --foreground --kill-after=5 3600 "$bwrap" "${args[@]}" -- /usr/local/bin/agent --work . "$@"
