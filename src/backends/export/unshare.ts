// A readable bash script that builds the sandbox step by step with unshare, mount and pivot_root: what a kernel gives without any program made
// for it. No shell can load a system call filter, so this is the weakest of the scripts, and says so.
import { unreachable } from "../../core/error.js";
import { isInside } from "../../plan/paths.js";
import type { Mount, Plan } from "../../plan/types.js";
import { PROC_COVERED, PROC_READ_ONLY, tmpfsBytes } from "../common/mounts.js";
import { boundsSection, commandWords, findProgram, makeScript } from "./script.js";
import { type Section, sectionLines } from "./section.js";
import { shWord } from "./syntax/sh.js";
import { mountSections, only } from "./tree.js";
import type { Exported, Exporter, ExportInput } from "./types.js";

export const unshare: Exporter = { kind: "unshare", command: "accepted", ofThisUser: true, make };

/** Where the new root is put together: a folder that most systems have and in which nothing lies that is mounted. */
const GROUNDS = ["/mnt", "/media", "/srv", "/opt"];

function make(input: ExportInput): Exported {
  const { plan } = input;
  const inner = innerSections(input);
  const text = inner.flatMap((section) => sectionLines(section, plan));
  return makeScript({
    kind: "unshare",
    title: `A sandbox for ${plan.name} by unshare, mount and pivot_root`,
    needs: "util-linux 2.38, bash, coreutils, and a system whose users may make user namespaces",
    input,
    sections: [
      {
        note: "What follows up to the line INNER runs as the first process of new namespaces, in which it has the rights to mount.",
        lines: ["inner=$(cat <<'INNER'", "set -eu", ...text, "INNER", ")"],
      },
      start(plan),
      // Said here, written above.
      ...inner.map((section) => ({ ...section, lines: [] })),
    ],
  });
}

function start({ command, limits }: Plan): Section {
  const bounded = limits.timeMs !== undefined;
  const timeout = `"$timeout" --foreground --kill-after=5 ${Math.ceil((limits.timeMs ?? 0) / 1000)} `;
  return {
    holds: [
      "process.pid-namespace",
      "process.no-host-signals",
      "process.dies-with-supervisor",
      "ipc.private",
      "ipc.abstract-sockets",
      "network.none",
      ...(bounded ? ["limits.time"] : []),
    ],
    lines: [
      findProgram("unshare"),
      ...(bounded ? [findProgram("timeout")] : []),
      `umask ${command.umask.toString(8).padStart(3, "0")}`,
      `exec ${bounded ? timeout : ""}"$unshare" --user --map-root-user --mount --propagation private --pid --fork --kill-child=KILL \\`,
      '  --net --ipc --uts --cgroup -- /bin/bash -c "$inner" "$0" "$@"',
    ],
  };
}

function innerSections(input: ExportInput): readonly Section[] {
  const { plan } = input;
  return [
    root(plan),
    ...mountSections(plan.mounts, (mount) => mountLines(mount, plan)),
    turn(plan),
    { holds: ["process.no-inherited-descriptors"], lines: [] },
    last(input),
  ];
}

function root({ mounts }: Plan): Section {
  const sources = only(mounts, "bind").map(({ source }) => source);
  const grounds = GROUNDS.filter((ground) => !sources.some((source) => isInside(source, ground)));
  return {
    note: "An empty root in memory; bind SOURCE TARGET OPTIONS shows a file or folder of the host in it, with all that is mounted below.",
    lines: [
      "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
      `for root in ${grounds.join(" ")}; do [ ! -d "$root" ] || break; done`,
      'mount -t tmpfs -o mode=0755,size=16m,nosuid,nodev tmpfs "$root"',
      'mkdir -m 000 "$root/.empty-folder" && : >"$root/.empty-file" && chmod 000 "$root/.empty-file"',
      "bind() {",
      '  if [ -d "$1" ]; then mkdir -p -- "$root$2"; else mkdir -p -- "$root$(dirname -- "$2")"; [ -e "$root$2" ] || : >"$root$2"; fi',
      '  mount --rbind -- "$1" "$root$2"',
      "  local at options",
      '  while read -r _ _ _ _ at options _; do at=$(printf %b "$at")',
      '    case "$at/" in "$root$2"/*) mount -o "remount,bind,$options,$3" -- "$at" ;; esac',
      "  done </proc/self/mountinfo",
      "}",
    ],
  };
}

const within = (path: string): string => `"$root"${shWord(path)}`;

function mountLines(mount: Mount, plan: Plan): readonly string[] {
  switch (mount.kind) {
    case "bind": {
      const home = mount.origin === "filesystem.home" ? [`mkdir -p -m 700 -- ${shWord(mount.source)}`] : [];
      const options = `${mount.access === "write" ? "rw" : "ro"},nosuid,nodev${mount.exec ? "" : ",noexec"}`;
      return [...home, `bind ${shWord(mount.source)} ${shWord(mount.target)} ${options}`];
    }
    case "tmpfs":
      return tmpfs(mount, plan);
    case "directory":
      return [`mkdir -p -m ${mount.mode.toString(8)} -- ${within(mount.target)}`];
    case "file":
      return [
        `mkdir -p -- "$(dirname -- ${within(mount.target)})" && printf %s ${shWord(mount.content)} >${within(mount.target)}`,
      ];
    case "symlink":
      return [
        `mkdir -p -- "$(dirname -- ${within(mount.target)})" && ln -sfn -- ${shWord(mount.value)} ${within(mount.target)}`,
      ];
    case "mask":
      return mask(mount);
    case "proc":
      return proc(mount.target);
    case "dev":
      return dev(mount.target);
    case "run-file":
      return [];
    default:
      return unreachable(mount);
  }
}

function tmpfs(mount: Extract<Mount, { kind: "tmpfs" }>, plan: Plan): readonly string[] {
  const { target, mode, exec, readOnly } = mount;
  const flags = ["nosuid", "nodev", ...(exec ? [] : ["noexec"]), ...(readOnly ? ["ro"] : [])].join(",");
  const options = `mode=${mode.toString(8).padStart(4, "0")},size=${tmpfsBytes(mount, plan)},${flags}`;
  return [`mkdir -p -- ${within(target)} && mount -t tmpfs -o ${options} tmpfs ${within(target)}`];
}

function mask({ target, type }: Extract<Mount, { kind: "mask" }>): readonly string[] {
  if (type === undefined) return [];
  const empty = type === "file" ? ".empty-file" : ".empty-folder";
  return [
    `mount --bind -- "$root/${empty}" ${within(target)}`,
    `mount -o remount,bind,ro,nosuid,nodev,noexec -- ${within(target)}`,
  ];
}

function proc(target: string): readonly string[] {
  const here = within(target);
  return [
    `mkdir -p -- ${here} && mount -t proc -o nosuid,nodev,noexec proc ${here}`,
    // The one namespace of users that is made below is the last.
    `echo 1 >${here}/sys/user/max_user_namespaces`,
    `for name in ${PROC_COVERED.join(" ")}; do`,
    `  if [ -d ${here}/"$name" ]; then mount --bind "$root/.empty-folder" ${here}/"$name"`,
    `  elif [ -e ${here}/"$name" ]; then mount --bind "$root/.empty-file" ${here}/"$name"; fi`,
    "done",
    `for name in ${PROC_READ_ONLY.join(" ")}; do`,
    `  [ ! -e ${here}/"$name" ] || { mount --bind ${here}/"$name" ${here}/"$name" && mount -o remount,bind,ro,nosuid,nodev,noexec ${here}/"$name"; }`,
    "done",
  ];
}

function dev(target: string): readonly string[] {
  const here = within(target);
  return [
    `mkdir -p -- ${here}/pts ${here}/shm`,
    `for name in null zero full random urandom tty; do : >${here}/"$name" && mount --bind "/dev/$name" ${here}/"$name"; done`,
    `mount -t devpts -o newinstance,ptmxmode=0666,mode=0600,nosuid,noexec devpts ${here}/pts && ln -s pts/ptmx ${here}/ptmx`,
    `mount -t tmpfs -o mode=1777,size=256m,nosuid,nodev tmpfs ${here}/shm`,
    `ln -s /proc/self/fd ${here}/fd && ln -s fd/0 ${here}/stdin && ln -s fd/1 ${here}/stdout && ln -s fd/2 ${here}/stderr`,
  ];
}

function turn({ identity }: Plan): Section {
  return {
    note: "The new root takes the place of the old one, which is let go; from now on it can only be read. Loopback and the host's name need ip(8) and hostname(1).",
    lines: [
      "if command -v ip >/dev/null; then ip link set lo up; fi",
      `if command -v hostname >/dev/null; then hostname ${shWord(identity.hostname)}; fi`,
      'cd "$root" && pivot_root . . && umount -l . && cd /',
      "mount -o remount,bind,ro,nosuid,nodev /",
    ],
  };
}

function last({ plan, passed }: ExportInput): Section {
  const { identity, command } = plan;
  const bounds = boundsSection(plan, (prlimit) => prlimit);
  const given = Object.entries(command.env).filter(([name]) => !passed.includes(name));
  const [prlimit = ""] = bounds.lines.slice(-1);
  return {
    holds: [
      ...(bounds.holds ?? []),
      "process.no-new-privileges",
      "process.no-capabilities",
      "process.no-namespaces",
      "process.environment-clean",
      "identity.unprivileged",
    ],
    partly: {
      ...bounds.partly,
      "process.seccomp": "there is no filter: no shell can load one",
      "ipc.keyring": "there is no filter that would refuse the calls for keys",
      "terminal.no-injection": "only where the kernel itself refuses it (dev.tty.legacy_tiocsti=0, Linux 6.2)",
    },
    lost: [
      "The command is the first process of its namespace: nobody collects orphans for it, and it ignores signals that it doesn't handle.",
    ],
    note: "A second namespace of users, in which the command is nobody but itself and has no rights over all that was made above.",
    lines: [
      ...bounds.lines.slice(0, -1),
      "words=()",
      ...given.map(([name, value]) => `words+=(${shWord(`${name}=${value}`)})`),
      ...passed.map((name) => `words+=($\{${name}+${name}="$${name}"})`),
      `cd -- ${shWord(command.cwd)}`,
      `exec unshare --user --map-user=${identity.uid} --map-group=${identity.gid} -- setpriv --no-new-privs --inh-caps=-all -- ${prlimit} \\`,
      `  env -i -- "$\{words[@]}" ${commandWords(plan).join(" ")}`,
    ],
  };
}
