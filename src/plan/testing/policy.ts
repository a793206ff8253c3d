// For tests only: a policy with everything at its default but for what a test changes.
import type { Place, Policy, Settings } from "../../policy/types.js";

export const FIXTURE_SETTINGS: Settings = {
  version: 1,
  name: "agent",
  backend: "auto",
  workspace: {
    path: "/home/ada/project",
    mode: "write",
    protect: [
      ".git/hooks",
      ".git/config",
      ".git/config.worktree",
      ".git/modules/**/hooks",
      ".git/modules/**/config",
      ".envrc",
      ".vscode",
    ],
  },
  filesystem: {
    system: "host",
    read: [],
    write: [],
    deny: [],
    home: "private",
    tmp: { sizeBytes: 536870912, exec: true },
    etc: {},
    canaries: true,
  },
  network: {
    mode: "none",
    allow: [],
    deny: [],
    limits: {},
    filter: { secrets: "block", patterns: [] },
    upstreamCa: [],
    dns: { blocklists: [] },
    forward: [],
    publish: [],
    sockets: [],
  },
  secrets: {},
  process: { env: { pass: ["TERM", "LANG", "LC_*"], set: {} }, seccomp: "default", nested: false },
  limits: { pids: 4096, files: 65536 },
  gui: { mode: "none", width: 1280, height: 800 },
  devices: { gpu: false, audio: false, camera: false },
  approvals: { network: "deny", exec: "allow", timeoutMs: 60000 },
  audit: {
    dir: "/home/ada/.local/state/cordon",
    onFailure: "stop",
    sync: "periodic",
    rotate: { sizeBytes: 64 * 1024 ** 2, ageMs: 86_400_000 },
    ship: [],
  },
  alerts: [],
};

export type Sections = {
  readonly [Key in keyof Settings]?: Settings[Key] extends object | undefined ? Partial<Settings[Key]> : Settings[Key];
};

/** The fixture's settings with some changed; each place given is a line of `cordon.yaml`. */
export function fixturePolicy(changes: Sections = {}, lines: Readonly<Record<string, number>> = {}): Policy {
  const merged = Object.fromEntries(
    Object.entries(FIXTURE_SETTINGS).map(([key, value]) => [
      key,
      mergeSection(value, Object.entries(changes).find(([name]) => name === key)?.[1]),
    ]),
  );
  const places = new Map<string, Place>(
    Object.entries(lines).map(([path, line]) => [path, { file: "/home/ada/project/cordon.yaml", line, column: 3 }]),
  );
  // The changes have the sections' types, and merging keeps them.
  const settings = {
    ...FIXTURE_SETTINGS,
    ...merged,
    ...(changes.image === undefined ? {} : { image: changes.image }),
  } as Settings;
  return {
    settings,
    places,
    sources: [{ file: "/home/ada/project/cordon.yaml", digest: "sha256:1" }],
    digest: "sha256:2",
  };
}

function mergeSection(value: unknown, change: unknown): unknown {
  if (change === undefined) return value;
  const isRecord = (each: unknown): each is Record<string, unknown> =>
    typeof each === "object" && each !== null && !Array.isArray(each);
  return isRecord(value) && isRecord(change) ? { ...value, ...change } : change;
}
