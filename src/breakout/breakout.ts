// A breakout as one call: makes the staged world, attacks, takes the world away. The command, the tests and the comparison use it.
import { release } from "node:os";
import { fullTable } from "../backends/assemble.js";
import { Scope } from "../core/scope.js";
import type { HostFacts } from "../host/types.js";
import type { Policy } from "../policy/types.js";
import { requireHost } from "../run/prepare.js";
import { runCampaign } from "./campaign.js";
import type { Fault, FaultResult } from "./faults/types.js";
import { locateProber } from "./prober.js";
import { World } from "./stage/world.js";
import { stagedSettings, stagingNotes } from "./staged-policy.js";
import { BareTarget, CommandTarget } from "./targets/bare.js";
import { type Mutation, SandboxTarget } from "./targets/sandbox.js";
import type { Attack, Report, Result } from "./types.js";

export interface BreakoutOptions {
  readonly facts: HostFacts;
  readonly attacks: readonly Attack[];
  readonly version: string;
  readonly onResult?: (result: Result, done: number, total: number) => void;
  readonly signal?: AbortSignal;
  /** What is to break around the sandbox, under a policy of its own, and how Cordon is started for it: program and first words. */
  readonly faults?: {
    readonly chosen: readonly Fault[];
    readonly cordon: readonly string[];
    readonly onResult?: (result: FaultResult, done: number) => void;
  };
  /** Nothing is shown without the sandbox: for those who know already that it works there. */
  readonly skipBaseline?: boolean;
  readonly under:
    | { readonly kind: "policy"; readonly policy: Policy; readonly mutate?: Mutation }
    /** Somebody else's sandbox: a command line with `{}`. */
    | { readonly kind: "command"; readonly command: string };
}

export async function breakOut(options: BreakoutOptions): Promise<Report> {
  const began = Date.now();
  const report = options.attacks.length === 0 ? blank(options) : await attackAll(options);
  if (options.faults === undefined) return report;
  const { chosen, ...more } = options.faults;
  const { facts, signal } = options;
  const { runFaults } = await import("./faults.js");
  const faults = await runFaults({ ...more, facts, faults: chosen, ...(signal === undefined ? {} : { signal }) });
  return { ...report, faults, durationMs: Date.now() - began };
}

/** Of a breakout that attacks nothing: the faults have a policy of their own. */
function blank({ version }: BreakoutOptions): Report {
  const startedAt = new Date().toISOString();
  const head = { version: 1, cordon: version, target: "native", kernel: release(), startedAt, durationMs: 0 } as const;
  return { ...head, controls: [], faults: [], notes: [] };
}

async function attackAll(options: BreakoutOptions): Promise<Report> {
  await using scope = new Scope();
  const world = await World.make(scope, locateProber(options.facts));
  const aim =
    options.under.kind === "policy"
      ? await aimAtPolicy(options, world)
      : aimAtCommand(options.under.command, options.attacks, world);
  const { onResult } = options;
  const total = aim.attacks.length;
  // Awaited here: the world must not be taken away before.
  return await runCampaign({
    ...aim,
    world,
    bare: options.skipBaseline === true ? undefined : new BareTarget(world),
    version: options.version,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(onResult === undefined ? {} : { onResult: (result, done) => onResult(result, done, total) }),
  });
}

async function aimAtPolicy({ facts, attacks, under }: BreakoutOptions, world: World) {
  if (under.kind !== "policy") throw new Error("unreachable");
  const target = new SandboxTarget({ ...under, world, facts });
  target.makeStandIns();
  const [first] = attacks;
  const attempt = first === undefined ? undefined : await world.attempt(first);
  const prepared = attempt === undefined ? undefined : await target.prepare(attempt);
  if (attempt !== undefined) world.forget(attempt);
  if (prepared !== undefined) requireHost(prepared.artifact);
  const asked = {
    controls: prepared?.plan.controls ?? [],
    enforcement: prepared === undefined ? [] : fullTable(prepared.artifact),
  };
  const { settings } = under.policy;
  const staged = stagedSettings(settings, target.places(settings.workspace.path));
  const notes = [...staged.notes, ...stagingNotes(settings)];
  return { target, asked, notes, attacks: attacks.filter(({ control }) => asked.controls.includes(control)) };
}

function aimAtCommand(command: string, attacks: readonly Attack[], world: World) {
  const notes = [
    "Attacks that speak of a policy of Cordon weren't made. The sandbox was given the staged workspace to run in.",
  ];
  const target = new CommandTarget(world, command);
  return { target, asked: undefined, notes, attacks: attacks.filter(({ policyOnly }) => policyOnly !== true) };
}
