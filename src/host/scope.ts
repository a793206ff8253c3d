// Asks systemd for a scope: a control group with limits, into which it puts one of our processes. By busctl, started with an argument list
// and an environment of its own. systemd takes the scope away when nothing is left in it.
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { readText } from "./probe/read.js";
import type { GroupWay } from "./types.js";

export type SystemdWay = Extract<GroupWay, { kind: "systemd" }>;

export interface ScopeRequest {
  readonly pid: number;
  readonly memoryBytes?: number;
  readonly pids?: number;
  readonly cpu?: number;
}

const CALL_MS = 15_000;
const MOVE_MS = 10_000;
const LOOK_MS = 5;

/** The scope's folder, once the process is in it. Throws when systemd refuses or doesn't come to it in time. */
export async function askScope(way: SystemdWay, unit: string, request: ScopeRequest): Promise<string> {
  await call(way, scopeArguments(way, unit, request));
  // The answer names a job; the process is moved when that is done.
  for (let waitedMs = 0; waitedMs < MOVE_MS; waitedMs += LOOK_MS) {
    const path = groupPath(request.pid);
    if (path?.endsWith(`/${unit}`) === true) return join(unifiedRoot(), path);
    await wait(LOOK_MS);
  }
  throw new Error(`systemd didn't put the run into ${unit} in time`);
}

/** For StartTransientUnit (org.freedesktop.systemd1(5)): name, mode, properties, no further units. */
export function scopeArguments(way: SystemdWay, unit: string, request: ScopeRequest): readonly string[] {
  const { pid, memoryBytes, pids, cpu } = request;
  const properties = [
    ["Description", "s", "A run of Cordon"],
    ["PIDs", "au", "1", `${pid}`],
    // What is in it is ours: systemd sets the limits and leaves the processes alone when one of them runs out of memory.
    ["Delegate", "b", "true"],
    ["CollectMode", "s", "inactive-or-failed"],
    ...(memoryBytes === undefined
      ? []
      : [
          ["MemoryMax", "t", `${memoryBytes}`],
          ["MemorySwapMax", "t", "0"],
        ]),
    ...(pids === undefined ? [] : [["TasksMax", "t", `${pids}`]]),
    ...(cpu === undefined ? [] : [["CPUQuotaPerSecUSec", "t", `${Math.round(cpu * 1_000_000)}`]]),
  ];
  return [
    `--${way.manager}`,
    "--quiet",
    "call",
    "org.freedesktop.systemd1",
    "/org/freedesktop/systemd1",
    "org.freedesktop.systemd1.Manager",
    "StartTransientUnit",
    "ssa(sv)a(sa(sv))",
    unit,
    "fail",
    `${properties.length}`,
    ...properties.flat(),
    "0",
  ];
}

function call(way: SystemdWay, argv: readonly string[]): Promise<void> {
  const address = `unix:path=${way.bus}`;
  const options = {
    env: {
      LC_ALL: "C",
      PATH: "/usr/bin:/bin",
      ...(way.manager === "user"
        ? { DBUS_SESSION_BUS_ADDRESS: address, XDG_RUNTIME_DIR: join(way.bus, "..") }
        : { DBUS_SYSTEM_BUS_ADDRESS: address }),
    },
    cwd: "/",
    timeout: CALL_MS,
    killSignal: "SIGKILL",
    maxBuffer: 65_536,
  } as const;
  return new Promise((resolve, reject) => {
    execFile(way.busctl, argv, options, (error, _stdout, stderr) => {
      const [line = ""] = stderr.trim().split("\n");
      if (error === null) resolve();
      else reject(new Error(`systemd refused a scope: ${line === "" ? error.message.split("\n")[0] : line}`));
    });
  });
}

/** Where a process is in the tree of version 2. */
export function groupFolder(pid: number): string {
  return join(unifiedRoot(), groupPath(pid) ?? "");
}

function groupPath(pid: number): string | undefined {
  return /^0::(.*)$/m.exec(readText(`/proc/${pid}/cgroup`) ?? "")?.[1];
}

function unifiedRoot(): string {
  const line = readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .find((each) => each.includes(" - cgroup2 "));
  return line?.split(" ")[4] ?? "/sys/fs/cgroup";
}
