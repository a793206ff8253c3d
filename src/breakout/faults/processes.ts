// Processes as /proc shows them: who descends from whom, and who still lives. Reads only.
import { readdirSync, readFileSync } from "node:fs";

export interface ProcessSeen {
  readonly pid: number;
  readonly parent: number;
  readonly state: string;
  /** Its words. */
  readonly command: string;
  /** In clock ticks since boot: tells a number that is used again from the process that was meant. */
  readonly started: string;
}

export function familyOf(pid: number): readonly ProcessSeen[] {
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => seen(Number(name)) ?? []);
  const family = all.filter((each) => each.pid === pid);
  for (const member of family) family.push(...all.filter(({ parent }) => parent === member.pid));
  return family;
}

/** A zombie that nobody collected yet does nothing any more. */
export function survivors(family: readonly ProcessSeen[]): readonly ProcessSeen[] {
  return family.filter(({ pid, started }) => {
    const now = seen(pid);
    return now !== undefined && now.started === started && now.state !== "Z" && now.state !== "X";
  });
}

/** It is in a PID namespace of its own. */
export function isInside(pid: number): boolean {
  return (/^NSpid:\t(.*)$/m.exec(statusOf(pid))?.[1] ?? "").split("\t").length > 1;
}

/** Open descriptors. */
export function descriptorsOf(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return 0;
  }
}

export function virtualBytes(pid: number): number {
  return Number(/^VmSize:\s+(\d+) kB$/m.exec(statusOf(pid))?.[1] ?? 0) * 1024;
}

export function sendAll(processes: readonly ProcessSeen[], signal: NodeJS.Signals): void {
  for (const { pid } of processes) {
    try {
      process.kill(pid, signal);
    } catch {
      // Gone meanwhile.
    }
  }
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    return "";
  }
}

function seen(pid: number): ProcessSeen | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const close = stat.lastIndexOf(")");
    const fields = stat.slice(close + 2).split(" ");
    const [state = "", parent] = fields;
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
    return { pid, parent: Number(parent), state, command, started: fields[19] ?? "" };
  } catch {
    return undefined;
  }
}
