/**
 * The library: read a policy, resolve it to a plan, run commands under it. Nothing else is public.
 *
 *     import { load, resolve, run } from "cordon";
 *
 *     const policy = await load({ set: { "limits.time": "10m" } });
 *     const plan = await resolve(policy, { command: ["npm", "test"], cwd: "/home/me/project" });
 *     const sandbox = await run(plan, { stdio: ["ignore", "pipe", "inherit"] });
 *     for await (const chunk of sandbox.stdout ?? []) process.stdout.write(chunk);
 *     console.log((await sandbox.exit).code);
 *
 * A plan may be run any number of times, also at once; what can be done once is done by `resolve`. Whatever is refused throws a
 * CordonError with a code, a place and a hint. It never writes to the process's own output and never exits.
 */
import { posix } from "node:path";
import { probeHost } from "./host/facts.js";
import type { HostFacts } from "./host/types.js";
import type { Artifact, Plan } from "./plan/types.js";
import { loadPolicy, type Override } from "./policy/load.js";
import type { Policy } from "./policy/types.js";
import { assembleOn, prepare, refusal, requireHost } from "./run/prepare.js";
import type { StdioChoice } from "./run/process.js";
import type { Run } from "./run/run.js";
import { startRun } from "./run/start.js";

export { CordonError, type ErrorCode } from "./core/error.js";
export type { Enforcement, Event, EventBodies, EventType } from "./events/types.js";
export type { HostFacts } from "./host/types.js";
export type { Artifact, Backend, Clause, Fragment, Plan } from "./plan/types.js";
export type { Diagnostic, Place, Policy, Settings } from "./policy/types.js";
export type { RunExit } from "./run/outcome.js";
export type { StdioChoice } from "./run/process.js";
export type { Run } from "./run/run.js";

export interface LoadOptions {
  /** A policy file. It is trusted because it is named here: never pass one from a folder that an agent can write. */
  readonly file?: string;
  /** Built-in profiles to extend. */
  readonly profiles?: readonly string[];
  /** Settings by their dotted path, as in the file: `{ "limits.memory": "512M" }`. They override the file. */
  readonly set?: Readonly<Record<string, unknown>>;
  /** What relative paths start from. Default: the current folder. */
  readonly cwd?: string;
}

export interface ResolveOptions {
  readonly command: readonly string[];
  /** Default: the current folder. */
  readonly cwd?: string;
  /** The run's name. Default: made from the command. */
  readonly name?: string;
  /** What `process.env.pass` hands on from. Default: this process's environment. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface RunOptions {
  /** For stdin, stdout and stderr, or one for all. Default: `inherit`. */
  readonly stdio?: StdioChoice | readonly [StdioChoice, StdioChoice, StdioChoice];
  /** Run although controls can't be enforced as the policy asks; the event `run.started` names each. */
  readonly allowDegraded?: boolean;
}

/** What `resolve` found out besides the plan, for `run`. Goes when the plan goes. */
const PREPARED = new WeakMap<Plan, { readonly facts: HostFacts; readonly artifact: Artifact }>();

/** Reads and validates a policy; throws a CordonError with file, line and column when it has a problem. */
export async function load(options: LoadOptions = {}): Promise<Policy> {
  const cwd = posix.resolve(options.cwd ?? process.cwd());
  const { user } = await probeHost({ env: process.env });
  const overrides = Object.entries(options.set ?? {}).map(
    ([path, value]): Override => ({ option: "set", path: path.split("."), value }),
  );
  const loaded = await loadPolicy({
    ...(options.file === undefined ? {} : { file: posix.resolve(cwd, options.file) }),
    profiles: options.profiles ?? [],
    overrides,
    home: user.home,
    cwd,
  });
  if (loaded.ok) return loaded.policy;
  throw await refusal(loaded.diagnostics, cwd);
}

/** Makes every decision: absolute mounts, environment, limits, controls. Looks at this host and starts nothing. */
export async function resolve(policy: Policy, options: ResolveOptions): Promise<Plan> {
  const { command, name, env = process.env } = options;
  const facts = await probeHost({ env });
  const cwd = posix.resolve(options.cwd ?? process.cwd());
  const { plan, artifact } = await prepare({
    policy,
    facts,
    env,
    command,
    cwd,
    ...(name === undefined ? {} : { name }),
  });
  PREPARED.set(plan, { facts, artifact });
  return plan;
}

/** Starts a plan's command in its sandbox. Settles when it was started; the handle tells the rest. */
export async function run(plan: Plan, options: RunOptions = {}): Promise<Run> {
  const { facts, artifact } = PREPARED.get(plan) ?? (await assemble(plan));
  requireHost(artifact);
  return startRun({ ...options, plan, artifact, facts, env: process.env });
}

/** A plan from elsewhere, such as a file: its launch is made anew for this host. */
async function assemble(plan: Plan): Promise<{ readonly facts: HostFacts; readonly artifact: Artifact }> {
  const { backendNames, loadBackend } = await import("./backends/registry.js");
  const facts = await probeHost({ env: process.env });
  const backend = await loadBackend(backendNames().find((name) => name === plan.backend) ?? "native");
  const prepared = { facts, artifact: await assembleOn(backend, plan, { facts, env: process.env }) };
  PREPARED.set(plan, prepared);
  return prepared;
}
