// A bash script that starts the command by bubblewrap. It holds everything itself, the compiled filter too.

import type { Mount } from "../../plan/types.js";
import { filterProgram } from "../common/filter.js";
import { PROC_COVERED, PROC_READ_ONLY } from "../common/mounts.js";
import { mountWords } from "./bubblewrap-mounts.js";
import { boundsSection, commandWords, makeScript, startSection } from "./script.js";
import type { Section } from "./section.js";
import { shWord } from "./syntax/sh.js";
import { mountSections } from "./tree.js";
import type { Exported, Exporter, ExportInput } from "./types.js";

export const bubblewrap: Exporter = { kind: "bubblewrap", command: "accepted", ofThisUser: true, make };

function make(input: ExportInput): Exported {
  const { plan } = input;
  const sections: readonly Section[] = [
    namespaces(input),
    ...mountSections(plan.mounts, mountLines, { private: privateWords(input) }),
    { note: "The tree is complete; its root stays as it is from now on.", lines: ["args+=(--remount-ro /)"] },
    environment(input),
    filter(input),
    boundsSection(plan, (prlimit) => `args+=(-- ${prlimit})`),
    startSection(plan, "bwrap", ['"$' + '{args[@]}"', "--", ...commandWords(plan)]),
  ];
  return makeScript({
    kind: "bubblewrap",
    title: `A sandbox for ${plan.name} by bubblewrap`,
    needs: "bubblewrap 0.7, bash, coreutils, util-linux, and a system whose users may make user namespaces",
    input,
    sections: [{ lines: ["args=()"] }, ...sections],
  });
}

function namespaces({ plan }: ExportInput): Section {
  const { uid, gid, hostname } = plan.identity;
  return {
    holds: [
      "process.pid-namespace",
      "process.no-host-signals",
      "ipc.private",
      "ipc.abstract-sockets",
      "network.none",
      "process.no-capabilities",
      "process.no-new-privileges",
      "identity.unprivileged",
      "process.dies-with-supervisor",
    ],
    lines: [
      "args+=(--unshare-user --unshare-pid --unshare-net --unshare-ipc --unshare-uts --unshare-cgroup-try)",
      `args+=(--uid ${uid} --gid ${gid} --hostname ${shWord(hostname)} --cap-drop ALL --die-with-parent)`,
    ],
  };
}

function privateWords({ plan }: ExportInput): Omit<Section, "lines"> {
  const noexec = plan.mounts.some((mount) => mount.kind === "tmpfs" && !mount.exec && !mount.readOnly);
  return {
    holds: ["files.home-hidden", "files.tmp-private"],
    lost: noexec ? ["Programs in the private folders can be executed: bubblewrap has no noexec."] : [],
  };
}

/** Content goes to bubblewrap by a descriptor, which the shell picks. */
function mountLines(mount: Mount): readonly string[] {
  const opened: string[] = [];
  const words = mountWords(mount).map((word) => {
    if (typeof word === "string") return shWord(word);
    opened.push(`exec {fd}< <(printf %s ${shWord(word.content)})`);
    return '"$fd"';
  });
  if (words.length === 0) return [];
  const home =
    mount.kind === "bind" && mount.origin === "filesystem.home" ? [`mkdir -p -m 700 -- ${shWord(mount.source)}`] : [];
  return [...home, ...opened, `args+=(${words.join(" ")})`, ...(mount.kind === "proc" ? hiddenProc(mount.target) : [])];
}

/** Which of these there are depends on the kernel. */
function hiddenProc(proc: string): readonly string[] {
  return [
    `for name in ${PROC_COVERED.join(" ")}; do`,
    `  if [ -d "/proc/$name" ]; then args+=(--tmpfs ${proc}/"$name" --remount-ro ${proc}/"$name")`,
    `  elif [ -e "/proc/$name" ]; then args+=(--ro-bind /dev/null ${proc}/"$name"); fi`,
    "done",
    ...PROC_READ_ONLY.map((name) => `args+=(--ro-bind-try /proc/${name} ${proc}/${name})`),
  ];
}

function environment({ plan: { command }, passed }: ExportInput): Section {
  const given = Object.entries(command.env).filter(([name]) => !passed.includes(name));
  return {
    holds: ["process.environment-clean"],
    lines: [
      "args+=(--clearenv)",
      ...given.map(([name, value]) => `args+=(--setenv ${shWord(name)} ${shWord(value)})`),
      ...passed.map((name) => `args+=($\{${name}+--setenv ${name} "$${name}"})`),
      `args+=(--chdir ${shWord(command.cwd)})`,
    ],
  };
}

function filter({ plan, facts }: ExportInput): Section {
  const lines =
    Buffer.from(filterProgram(plan, facts))
      .toString("base64")
      .match(/.{1,100}/g) ?? [];
  return {
    holds: [
      "process.seccomp",
      ...(plan.nested ? [] : ["process.no-namespaces"]),
      "ipc.keyring",
      "terminal.no-injection",
    ],
    note: `The filter as the kernel takes it, for ${facts.kernel.architecture} only; "cordon export seccomp" writes the same for a reader.`,
    lines: ["exec {fd}< <(base64 -d <<'END'", ...lines, "END", ")", 'args+=(--seccomp "$fd")'],
  };
}
