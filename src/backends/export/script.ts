// What exported shell scripts have in common: the head, closing what the caller left open, limits by the tools that every system has, and
// the command's words.
import type { Plan } from "../../plan/types.js";
import { header, lostBy, type Section, sectionLines } from "./section.js";
import { shWord } from "./syntax/sh.js";
import type { Exported, ExportedFile, ExportInput } from "./types.js";

export interface Script {
  readonly kind: string;
  readonly title: string;
  readonly needs: string;
  readonly input: ExportInput;
  /** The last one replaces the shell by the sandbox. */
  readonly sections: readonly Section[];
  /** Files that the script needs beside it. */
  readonly beside?: readonly ExportedFile[];
}

/** All are for bash: other shells can't close a descriptor above 9. */
const SHELL = "/bin/bash";

export function makeScript(script: Script): Exported {
  const { kind, title, needs, input, beside = [] } = script;
  const { plan } = input;
  const isBare = plan.command.argv.length === 0;
  const sections = [opening(), ...script.sections];
  const lost = [...input.lost, ...lostBy(sections, plan)];
  const name = `${plan.name}.${kind}.sh`;
  const usage = [
    isBare
      ? `Use: ./${name} COMMAND [ARGUMENT...]`
      : `Use: ./${name} [ARGUMENT...]; what is given is added to the command's words.`,
    `It needs ${needs}.`,
    ...(beside.length === 0 ? [] : [`Keep ${beside.map((file) => file.name).join(", ")} in the same folder.`]),
  ];
  const lines = [
    `#!${SHELL}`,
    ...header({ title, plan, usage, lost }),
    "set -eu",
    ...(isBare ? ['[ "$#" -gt 0 ] || { echo "$0: name the command to run" >&2; exit 125; }'] : []),
    ...sections.flatMap((section) => sectionLines(section, plan)),
  ];
  return { files: [{ name, executable: true, content: `${lines.join("\n")}\n` }, ...beside], lost };
}

/** `$NAME` holds the path of a program of this computer, or the script ends. */
export function findProgram(name: string): string {
  return `${name.replaceAll("-", "_")}=$(command -v ${name}) || { echo "$0: ${name} isn't installed" >&2; exit 125; }`;
}

function opening(): Section {
  return {
    holds: ["process.no-inherited-descriptors"],
    lines: ["for fd in /proc/self/fd/*; do", '  fd="$' + '{fd##*/}"', '  [ "$fd" -le 2 ] || exec {fd}>&-', "done"],
  };
}

/** The words of the command, with those that the script is given after them. */
export function commandWords({ command }: Plan): readonly string[] {
  return [...command.argv.map(shWord), '"$@"'];
}

/** The start, with an empty environment and the time limit around it: nothing of the caller's environment gets near the sandbox. */
export function startSection({ limits, command }: Plan, program: string, words: readonly string[]): Section {
  const bounded = limits.timeMs !== undefined;
  const seconds = Math.ceil((limits.timeMs ?? 0) / 1000);
  const timeout = bounded ? ['"$timeout"', "--foreground", "--kill-after=5", String(seconds)] : [];
  return {
    holds: bounded ? ["limits.time"] : [],
    lines: [
      findProgram(program),
      ...(bounded ? [findProgram("timeout")] : []),
      `umask ${command.umask.toString(8).padStart(3, "0")}`,
      `exec env -i ${[...timeout, `"$${program}"`, ...words].join(" ")}`,
    ],
  };
}

/** Nobody may have a higher limit than its caller. */
const AT_MOST = [
  'at_most() { local hard; hard=$(ulimit -H "$1"); if [ "$hard" != unlimited ] && [ "$hard" -lt "$2" ]; then echo "$hard"; else echo "$2"; fi; }',
];

/** Limits of each process, put on by prlimit inside, where only processes of the sandbox are counted (Linux 5.14). */
export function boundsSection({ limits }: Plan, line: (prlimit: string) => string): Section {
  const { pids, files, memoryBytes, diskBytes } = limits;
  const flags = [
    ...(pids === undefined ? [] : [`--nproc="$(at_most -u ${pids})"`]),
    ...(files === undefined ? [] : [`--nofile="$(at_most -n ${files})"`]),
    ...(memoryBytes === undefined ? [] : [`--data=${memoryBytes}`]),
    ...(diskBytes === undefined ? [] : [`--fsize=${diskBytes}`]),
    "--core=0",
  ];
  return {
    holds: [...(pids === undefined ? [] : ["limits.pids"]), ...(files === undefined ? [] : ["limits.files"])],
    partly: {
      ...(memoryBytes === undefined ? {} : { "limits.memory": "of each process, not of all of them together" }),
      ...(diskBytes === undefined ? {} : { "limits.disk": "of each file, not of all of them together" }),
    },
    lines: [...(flags.some((flag) => flag.includes("at_most")) ? AT_MOST : []), line(`prlimit ${flags.join(" ")}`)],
  };
}
