// A breakout from its first attack to the report: a bounded number at the same time, each first without the sandbox, then in it.
import { once } from "node:events";
import { availableParallelism, release } from "node:os";
import { messageOf } from "../core/error.js";
import type { Enforcement } from "../events/types.js";
import type { World } from "./stage/world.js";
import type { Attack, Report, Result, Target } from "./types.js";
import { type Asked, controlVerdicts, resultOf, type Shown } from "./verdicts.js";

const PER_CORE = 2;

export interface CampaignOptions {
  readonly world: World;
  readonly attacks: readonly Attack[];
  /** Under attack. */
  readonly target: Target;
  /** Where nothing forbids it. */
  readonly bare: Target | undefined;
  readonly asked: Asked | undefined;
  readonly version: string;
  readonly notes: readonly string[];
  readonly onResult?: (result: Result, done: number) => void;
  /** No further attack is begun. */
  readonly signal?: AbortSignal;
}

export async function runCampaign(options: CampaignOptions): Promise<Report> {
  const { attacks, asked, target, version, notes, onResult = () => undefined } = options;
  const startedAt = new Date();
  const results: Result[] = [];
  const waiting = attacks.filter(({ control }) => asked === undefined || asked.controls.includes(control));
  const worker = async (): Promise<void> => {
    for (let attack = waiting.shift(); attack !== undefined; attack = waiting.shift()) {
      options.signal?.throwIfAborted();
      const result = await attackOnce(options, attack);
      results.push(result);
      onResult(result, results.length);
    }
  };
  await untilAborted(Promise.all(Array.from({ length: availableParallelism() * PER_CORE }, worker)), options.signal);
  const order = new Map(attacks.map(({ id }, index) => [id, index]));
  const sorted = results.toSorted((a, b) => (order.get(a.attack.id) ?? 0) - (order.get(b.attack.id) ?? 0));
  return {
    version: 1,
    cordon: version,
    target: target.name,
    kernel: release(),
    startedAt: startedAt.toISOString(),
    durationMs: Date.now() - startedAt.getTime(),
    controls: controlVerdicts(sorted, asked),
    faults: [],
    notes,
  };
}

/** What is under way isn't waited for: its sandboxes end with this process. */
async function untilAborted(work: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  const aborted = signal === undefined ? [] : [once(signal, "abort").then(() => signal.throwIfAborted())];
  await Promise.race([work, ...aborted]);
}

async function attackOnce(options: CampaignOptions, attack: Attack): Promise<Result> {
  const began = Date.now();
  const { bare, target, asked } = options;
  const reason = attack.baseline.kind === "none" ? attack.baseline.reason : "it wasn't asked for";
  const baseline = bare === undefined || attack.baseline.kind === "none" ? reason : await shown(options, bare, attack);
  const inside = await shown(options, target, attack);
  const degraded = isDegraded(asked?.enforcement ?? [], attack.control);
  return { ...resultOf({ attack, baseline, inside, degraded }), durationMs: Date.now() - began };
}

async function shown({ world }: CampaignOptions, target: Target, attack: Attack): Promise<Shown> {
  const attempt = await world.attempt(attack);
  try {
    const ended = await target.start(attempt);
    if (attack.lingerMs !== undefined) await new Promise((settle) => setTimeout(settle, attack.lingerMs));
    const facts = await world.facts(attempt, ended);
    // Judged later, when the workspace is gone: the proof is taken now.
    const proof = safely(() => attack.judge(facts));
    return { ended, nonce: attempt.nonce, proof };
  } finally {
    world.forget(attempt);
  }
}

function safely(judge: () => string | undefined): string | undefined {
  try {
    return judge();
  } catch (error) {
    // An attack must never be held because its judge failed.
    return `the judge failed: ${messageOf(error)}`;
  }
}

function isDegraded(enforcement: readonly Enforcement[], control: string): boolean {
  return enforcement.some((each) => each.control === control && each.status === "degraded");
}
