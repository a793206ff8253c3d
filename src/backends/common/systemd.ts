// Directives of systemd.exec(5) and systemd.resource-control(5) that say the same in an exported unit and in a service that Cordon starts. Pure.
import type { Plan } from "../../plan/types.js";

export interface Directive {
  readonly name: string;
  readonly value: string;
}

export function directives(values: Readonly<Record<string, string>>): readonly Directive[] {
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}

/** Rights that a service of the user's own manager is left without. */
export const PRIVILEGES: Readonly<Record<string, string>> = {
  NoNewPrivileges: "yes",
  PrivateUsers: "yes",
  CapabilityBoundingSet: "",
  AmbientCapabilities: "",
  KeyringMode: "private",
  RestrictRealtime: "yes",
  LockPersonality: "yes",
  NotifyAccess: "none",
  Delegate: "no",
};

/** What of the computer it can't reach, whatever is mounted over /proc. */
export const KERNEL: Readonly<Record<string, string>> = {
  PrivateDevices: "yes",
  DevicePolicy: "closed",
  ProtectKernelModules: "yes",
  ProtectControlGroups: "yes",
  ProtectClock: "yes",
};

/** The root is an empty folder in memory. ProtectSystem=strict would stand in its place: systemd mounts one thing at a path, and takes that one. */
export const EMPTY_ROOT: Readonly<Record<string, string>> = { TemporaryFileSystem: "/:ro", ProtectHome: "tmpfs" };

/** Calls that aren't named are answered as if the kernel didn't have them, so that programs take older ones. */
export function callDirectives(names: readonly string[], families: readonly string[]): readonly Directive[] {
  return [
    { name: "SystemCallArchitectures", value: "native" },
    { name: "SystemCallErrorNumber", value: "ENOSYS" },
    ...names.map((value) => ({ name: "SystemCallFilter", value })),
    { name: "RestrictAddressFamilies", value: families.join(" ") },
  ];
}

/** Those that a control group holds. */
export function groupLimits({
  memoryBytes,
  cpu,
  pids,
}: Pick<Plan["limits"], "memoryBytes" | "cpu" | "pids">): Readonly<Record<string, string>> {
  return {
    ...(memoryBytes === undefined ? {} : { MemoryMax: String(memoryBytes), MemorySwapMax: "0" }),
    ...(cpu === undefined ? {} : { CPUQuota: `${Math.round(cpu * 100)}%` }),
    ...(pids === undefined ? {} : { TasksMax: String(pids) }),
  };
}
