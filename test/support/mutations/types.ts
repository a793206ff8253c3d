// What a mutation is: one control taken out of a launch, and which attacks break then.
import type { Mutation } from "../../../src/breakout/targets/sandbox.js";

export const POLICIES = {
  walls:
    'version: 1\nname: walls\nfilesystem: { deny: ["**/.env"] }\nlimits: { memory: 512M, pids: 512, files: 1024, time: 1h, cpu: 800%, disk: 4G }\n',
  named:
    'version: 1\nname: named\nnetwork:\n  mode: allowlist\n  allow: [{ host: inspected.example.com, inspect: true }]\n  limits: { requests: 600/m }\n  sockets: ["~/llm.sock"]\nsecrets: { key: { from: "env:NO_SUCH_KEY", optional: true, hosts: [inspected.example.com] } }\n',
  open: "version: 1\nname: open\nnetwork: { mode: open }\n",
  reading: "version: 1\nname: reading\nworkspace: { mode: read }\n",
} as const;

/** One place of a source: cordon-init's, or a module of the supervisor as it was built. */
export interface Patch {
  readonly file: string;
  /** Must be there exactly once. */
  readonly from: string;
  readonly to: string;
}

export interface MutationCase {
  /** What is taken out: `without …`. */
  readonly name: string;
  /** Shown to rest on it. */
  readonly controls: readonly string[];
  readonly policy: keyof typeof POLICIES;
  readonly mutate?: Mutation;
  /** Of cordon-init, for what it does whatever it is told. */
  readonly source?: readonly Patch[];
  /** Of the supervisor, by paths below `src`. */
  readonly program?: readonly Patch[];
  /** Only those attacks are made that must succeed, and one of every control. */
  readonly few?: true;
  /** Ids or groups; all must break. */
  readonly breaks: readonly string[];
  /** By id: why they hold all the same when root starts the sandbox. */
  readonly heldForRoot?: Readonly<Record<string, string>>;
  /** By id, group or control: why they may break as well. Everything else must hold on. */
  readonly also?: Readonly<Record<string, string>>;
}
