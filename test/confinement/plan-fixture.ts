// A small plan for the tests of confinement: the usual mounts, a writable workspace, and whatever a test changes.

import { NO_NETWORK } from "../../src/plan/testing/network.js";
import type { Mount, Plan } from "../../src/plan/types.js";

export function tmpfs(target: string, readOnly = false): Mount {
  return { kind: "tmpfs", target, mode: 0o755, sizeBytes: 1 << 20, exec: true, readOnly };
}

export function bind(
  target: string,
  access: "read" | "write",
  more: Partial<Extract<Mount, { kind: "bind" }>> = {},
): Mount {
  return {
    kind: "bind",
    source: `/host${target}`,
    target,
    access,
    exec: true,
    type: "directory",
    origin: "test",
    ...more,
  };
}

export function planFixture(changes: Partial<Plan> = {}): Plan {
  return {
    version: 1,
    name: "test",
    backend: "native",
    policy: { digest: "sha256:0", files: [] },
    command: { argv: ["true"], cwd: "/work", env: {}, umask: 0o022 },
    identity: {
      uid: 1000,
      gid: 1000,
      hostUid: 1000,
      hostGid: 1000,
      user: "user",
      home: "/home/user",
      hostname: "cordon",
    },
    workspace: { source: "/host/work", target: "/work", mode: "write" },
    home: { mode: "private" },
    mounts: [
      bind("/usr", "read"),
      tmpfs("/home/user"),
      tmpfs("/tmp"),
      { kind: "proc", target: "/proc" },
      { kind: "dev", target: "/dev" },
      bind("/work", "write"),
    ],
    guard: { roots: ["/work"], names: [], watch: [] },
    seccomp: { profile: "default" },
    nested: false,
    record: { exec: true },
    limits: {},
    network: NO_NETWORK,
    audit: { dir: "/nowhere", onFailure: "stop", sync: "off", rotate: { sizeBytes: 1, ageMs: 1 }, ship: [] },
    alerts: [],
    controls: [],
    digest: "sha256:0",
    ...changes,
  };
}
