// What a control group of a run says about it. It only reads.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isRunGroup, type RunGroup } from "../../host/groups.js";
import { cgroupPlaces } from "../../host/probe/cgroup.js";
import { parseMountinfo } from "../../host/probe/mountinfo.js";
import { orUndefined } from "./processes.js";

/** Those groups of a process that Cordon made. */
export function groupOf(pid: number): RunGroup | undefined {
  const membership = orUndefined(() => readFileSync(`/proc/${pid}/cgroup`, "utf8"));
  if (membership === undefined || !membership.includes("/cordon-")) return undefined;
  const mounts = orUndefined(() => readFileSync("/proc/self/mountinfo", "utf8")) ?? "";
  const lines = mounts.split("\n").filter((line) => line.includes(" - cgroup"));
  const { unified, legacy } = cgroupPlaces(membership, parseMountinfo(lines.join("\n")));
  const own = (path: string | undefined) => path !== undefined && isRunGroup(path);
  return {
    ...(unified !== undefined && own(unified) ? { unified } : {}),
    legacy: Object.fromEntries(Object.entries(legacy).filter(([, path]) => own(path))),
  };
}

export interface GroupUsage {
  readonly cpuMs?: number;
  readonly memoryBytes?: number;
  readonly pids?: number;
  readonly readBytes?: number;
  readonly writtenBytes?: number;
  readonly members?: readonly number[];
}

export function readGroup(group: RunGroup): GroupUsage {
  const usage = group.unified === undefined ? legacyUsage(group.legacy) : unifiedUsage(group.unified, group.legacy);
  return Object.fromEntries(Object.entries(usage).filter(([, value]) => value !== undefined));
}

type Found = { readonly [Key in keyof GroupUsage]: GroupUsage[Key] | undefined };

function unifiedUsage(path: string, legacy: RunGroup["legacy"]): Found {
  const io = textOf(path, "io.stat");
  const micros = fieldOf(textOf(path, "cpu.stat"), "usage_usec");
  const found = {
    cpuMs: micros === undefined ? undefined : Math.round(micros / 1000),
    memoryBytes: held(textOf(path, "memory.current"), fieldOf(textOf(path, "memory.stat"), "inactive_file")),
    pids: numberOf(textOf(path, "pids.current")),
    readBytes: io === undefined ? undefined : sumOf(io, "rbytes"),
    writtenBytes: io === undefined ? undefined : sumOf(io, "wbytes"),
    members: membersOf(path),
  };
  // On a hybrid host the controllers are elsewhere.
  const other = legacyUsage(legacy);
  return { ...other, ...Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)) };
}

function legacyUsage(legacy: RunGroup["legacy"]): Found {
  const [any] = Object.values(legacy);
  const { memory, pids, cpuacct } = legacy;
  const nanos = cpuacct === undefined ? undefined : numberOf(textOf(cpuacct, "cpuacct.usage"));
  return {
    cpuMs: nanos === undefined ? undefined : Math.round(nanos / 1_000_000),
    memoryBytes:
      memory === undefined
        ? undefined
        : held(textOf(memory, "memory.usage_in_bytes"), fieldOf(textOf(memory, "memory.stat"), "total_inactive_file")),
    pids: pids === undefined ? undefined : numberOf(textOf(pids, "pids.current")),
    members: any === undefined ? undefined : membersOf(any),
  };
}

/** Pages of files that nobody uses at the moment are given back as soon as they are needed: they aren't held by the run. */
function held(current: string | undefined, idle: number | undefined): number | undefined {
  const bytes = numberOf(current);
  return bytes === undefined ? undefined : Math.max(0, bytes - (idle ?? 0));
}

function membersOf(path: string): readonly number[] | undefined {
  return textOf(path, "cgroup.procs")
    ?.split("\n")
    .filter((line) => line !== "")
    .map(Number);
}

export function textOf(folder: string, name: string): string | undefined {
  return orUndefined(() => readFileSync(join(folder, name), "utf8"));
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+\s*$/.test(text) ? Number(text) : undefined;
}

/** Of a file with a name and a number on each line. */
export function fieldOf(text: string | undefined, name: string): number | undefined {
  const line = text?.split("\n").find((each) => each.startsWith(`${name} `));
  return numberOf(line?.slice(name.length + 1));
}

/** Of io.stat, over all devices. */
function sumOf(text: string, name: string): number {
  return [...text.matchAll(new RegExp(`\\b${name}=(\\d+)`, "g"))].reduce((sum, [, count]) => sum + Number(count), 0);
}
