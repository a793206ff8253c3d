// Looking at processes from outside: who descends from whom, and whether any of them is still there. Reads /proc only.

import { readdirSync, readFileSync } from "node:fs";

export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly state: string;
  readonly name: string;
  /** Start time in clock ticks: tells a reused pid from the process that was meant. */
  readonly started: string;
  /** Its process group has its terminal's foreground. */
  readonly foreground: boolean;
}

function readProcess(pid: number): Process | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const close = stat.lastIndexOf(")");
    const fields = stat.slice(close + 2).split(" ");
    const [state, parent] = fields;
    const started = fields[19];
    const foreground = fields[2] === fields[5];
    if (state === undefined || parent === undefined || started === undefined) return undefined;
    return { pid, parent: Number(parent), state, name: stat.slice(stat.indexOf("(") + 1, close), started, foreground };
  } catch {
    return undefined; // ended while we looked
  }
}

export function allProcesses(): readonly Process[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readProcess(Number(name)))
    .filter((process) => process !== undefined);
}

export function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
  } catch {
    return "";
  }
}

/** A process and everything below it. */
export function familyOf(pid: number): readonly Process[] {
  const all = allProcesses();
  const family = all.filter((process) => process.pid === pid);
  for (const member of family) family.push(...all.filter((process) => process.parent === member.pid));
  return family;
}

/** Those that still live; a zombie that nobody reaped yet does nothing any more and isn't counted. */
export function survivors(family: readonly Process[]): readonly Process[] {
  return family.filter((member) => {
    const now = readProcess(member.pid);
    return now !== undefined && now.started === member.started && now.state !== "Z" && now.state !== "X";
  });
}

/** Processes that have `mark` in their command line. */
export function withMark(mark: string): readonly Process[] {
  return allProcesses().filter((process) => process.state !== "Z" && commandLine(process.pid).includes(mark));
}
