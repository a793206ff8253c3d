#!/bin/bash
# A sandbox for agent by rootless Podman, made by "cordon export" from cordon.yaml.
# It works without Cordon. Change the policy and export again rather than this file.
# Use: ./agent.podman.sh [ARGUMENT...]; what is given is added to the command's words.
# It needs Podman 4.3 for an ordinary user, bash, and the image, which is never pulled.
# Keep agent.seccomp.json in the same folder.
#
# Compared with "cordon run" this is lost:
# - The network: there is no proxy that would hold the list of hosts, so the network is none. Not reached:
# api.example.com, *.example.org.
# - The record: no events, no audit.
# - Denied files are hidden (files.deny): what existed when this was exported is hidden; what comes later
# isn't
# - Files that others execute stay as they are (workspace.protected-names): what existed when this was
# exported stays as it is; such names can be made anew
# - Nothing stays behind (process.dies-with-supervisor): a podman that is killed leaves the container running
# - Programs are recorded (process.recorded): nothing is recorded: there is no supervisor
# - No sockets of the host (ipc.socket-files): a service that listens on a socket file in a granted folder can
# be reached
# - The system: programs and libraries are those of the image, not of this computer. The image's own variables
# are there too.
set -eu

# No open files from outside (process.no-inherited-descriptors): Of the files that were open when Cordon was
# started, only standard input, output and error are handed on.
for fd in /proc/self/fd/*; do
  fd="${fd##*/}"
  [ "$fd" -le 2 ] || exec {fd}>&-
done

here=$(cd -- "$(dirname -- "$0")" && pwd)
args=(run --rm --interactive --pull=never --http-proxy=false)

# Only named folders (files.named-only): No file or folder of yours can be seen but those that the policy
# names.
# The system is read-only (files.system-read-only): Programs and libraries of this computer can be used, not
# changed.
# Other processes are invisible (process.pid-namespace): Programs that run outside can't be seen, nor their
# command lines and memory.
# No signals to the outside (process.no-host-signals): Programs outside can't be stopped, killed or traced.
# No capabilities (process.no-capabilities): The command has none of the administrator's rights, not even over
# its own sandbox.
# No new privileges (process.no-new-privileges): Programs such as sudo and su give no more rights.
# No shared memory with the outside (ipc.private): Shared memory, semaphores and message queues of other
# programs can't be reached.
# No abstract sockets of the outside (ipc.abstract-sockets): Services that listen on sockets without a file,
# such as the desktop's, can't be reached.
# No network (network.none): Nothing can be reached: not the internet, not the local network, not services on
# this computer.
# Never the administrator (identity.unprivileged): The command never runs as root, also when Cordon was
# started by root.
# No devices (devices.minimal): Disks, camera, microphone and graphics aren't there; only null, zero, random
# and the like.
# Kernel files are hidden (proc.masked): Files of /proc and /sys that tell of or change the whole computer are
# hidden or read-only.
# A clean environment (process.environment-clean): Your environment variables, with the keys in them, aren't
# handed on but for those that the policy names.
args+=(--userns=keep-id --read-only --read-only-tmpfs=false --cap-drop=all --security-opt no-new-privileges)
args+=(--network=none --ipc=private --hostname cordon)

# Few system calls (process.seccomp): System calls that a command doesn't need are refused: kernel modules,
# bpf, io_uring, raw sockets and the like.
# No namespaces of its own (process.no-namespaces): The command can't make namespaces or mounts, by which
# walls of this kind have been climbed.
# No kernel keyring (ipc.keyring): The keys that the kernel keeps for you can't be read.
# No typing into your terminal (terminal.no-injection): The command can't put words into your terminal as if
# you had typed them.
args+=(--security-opt seccomp="$here"/agent.seccomp.json)

# On a system with SELinux the files keep their labels and the container has none of its own; cordon export
# selinux makes a type for it.
args+=(--security-opt label=disable)

# The home folder is hidden (files.home-hidden): Your home folder isn't there: the command has one of its own,
# without your keys, settings and documents.
# A private /tmp (files.tmp-private): /tmp is empty at the start, isn't yours, and is gone at the end.
args+=(--tmpfs /run/user/1000:rw,nosuid,nodev,noexec,size=67108864,mode=1777,notmpcopyup)
args+=(--tmpfs /tmp:rw,nosuid,nodev,exec,size=536870912,mode=1777,notmpcopyup)
args+=(--tmpfs /var/tmp:rw,nosuid,nodev,exec,size=536870912,mode=1777,notmpcopyup)
args+=(--tmpfs /home/ada:rw,nosuid,nodev,exec,size=1073741824,mode=1777,notmpcopyup)

# What the policy grants.
args+=(--volume /home/ada/project:/home/ada/project:rw,nosuid,nodev)

# Files that others execute stay as they are (workspace.protected-names, in part): In the writable folders,
# files that git, a shell or an editor would run later can't be made, changed or moved, at any depth.
args+=(--volume /home/ada/project/.git/hooks:/home/ada/project/.git/hooks:ro,nosuid,nodev)

# Denied files are hidden (files.deny, in part): Files that the policy denies are hidden also inside of
# granted folders, and can't be made there.
args+=(--volume /dev/null:/home/ada/project/.env:ro)

# Variables with a value, and those that are taken from whoever starts this.
args+=(--env HOME=/home/ada)
args+=(--env LOGNAME=ada)
args+=(--env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)
args+=(--env PWD=/home/ada/project)
args+=(--env SHELL=/bin/bash)
args+=(--env TMPDIR=/tmp)
args+=(--env USER=ada)
args+=(--env XDG_RUNTIME_DIR=/run/user/1000)
args+=(${TERM+--env TERM="$TERM"})
args+=(${LANG+--env LANG="$LANG"})
args+=(--workdir /home/ada/project --umask 0022)

# Limited memory (limits.memory): Memory is bounded: of the run as a whole where a control group holds it,
# else of each process.
# Limited processes (limits.pids): So many processes and threads can be there at once: a fork bomb stays
# small.
# Limited open files (limits.files): Each process can have so many files open at once.
# Limited processors (limits.cpu): The command can use so much processor time and no more.
# Limited time (limits.time): The run is ended after so much time.
# Memory, processors and processes are limited by control groups of version 2; with version 1 Podman of an
# ordinary user can't, and says so.
args+=(--memory=2147483648 --memory-swap=2147483648 --pids-limit=512 --cpus=2 --ulimit=nofile=4096:4096 --timeout=3600 --ulimit=core=0:0)

# Nothing stays behind (process.dies-with-supervisor, in part): When Cordon ends, however it ends, everything
# in the sandbox ends too.
podman=$(command -v podman) || { echo "$0: podman isn't installed" >&2; exit 125; }
if [ -t 0 ] && [ -t 1 ]; then args+=(--tty); fi
exec "$podman" "${args[@]}" --entrypoint= localhost/agent@sha256:0000000000000000000000000000000000000000000000000000000000000000 /usr/local/bin/agent --work . "$@"
