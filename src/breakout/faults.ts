// Faults: what is around a sandbox breaks while a command works in it. Each in a place of its own, a few at the same time.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { messageOf } from "../core/error.js";
import { Scope } from "../core/scope.js";
import type { HostFacts } from "../host/types.js";
import { Bench } from "./faults/bench.js";
import { POLICY_FAULTS } from "./faults/policy.js";
import { SANDBOX_FAULTS } from "./faults/sandbox.js";
import { SERVICE_FAULTS } from "./faults/services.js";
import { SUPERVISOR_FAULTS } from "./faults/supervisor.js";
import { Broken, type Fault, type FaultResult, NotShown } from "./faults/types.js";
import { locateProber } from "./prober.js";
import { Collectors } from "./stage/collectors.js";

export const FAULTS: readonly Fault[] = [...SUPERVISOR_FAULTS, ...SANDBOX_FAULTS, ...SERVICE_FAULTS, ...POLICY_FAULTS];

const AT_ONCE = 3;
const FAULT_MS = 90_000;

export interface FaultOptions {
  readonly facts: HostFacts;
  readonly faults: readonly Fault[];
  /** How Cordon is started: program and first words. */
  readonly cordon: readonly string[];
  readonly onResult?: (result: FaultResult, done: number) => void;
  readonly signal?: AbortSignal;
}

export async function runFaults(options: FaultOptions): Promise<readonly FaultResult[]> {
  await using scope = new Scope();
  const root = realpathSync(mkdtempSync(join(tmpdir(), "cordon-breakout-")));
  scope.defer("faults", () => rmSync(root, { recursive: true, force: true, maxRetries: 3 }));
  const prober = join(root, "prober");
  copyFileSync(locateProber(options.facts), prober);
  const results: FaultResult[] = [];
  const waiting = [...options.faults];
  const worker = async (): Promise<void> => {
    for (let fault = waiting.shift(); fault !== undefined; fault = waiting.shift()) {
      options.signal?.throwIfAborted();
      const place = join(root, fault.id.replace("/", "-"));
      results.push(await makeOne(fault, { place, prober, cordon: options.cordon, all: scope }));
      const last = results.at(-1);
      if (last !== undefined) options.onResult?.(last, results.length);
    }
  };
  await untilAborted(Promise.all(Array.from({ length: AT_ONCE }, worker)), options.signal);
  const order = new Map(options.faults.map(({ id }, index) => [id, index]));
  return results.toSorted((a, b) => (order.get(a.fault.id) ?? 0) - (order.get(b.fault.id) ?? 0));
}

/** What is under way isn't waited for: closing the scope ends it. */
async function untilAborted(work: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  work.catch(() => undefined);
  const aborted = signal === undefined ? [] : [once(signal, "abort").then(() => signal.throwIfAborted())];
  await Promise.race([work, ...aborted]);
}

interface Place {
  readonly place: string;
  readonly prober: string;
  readonly cordon: readonly string[];
  /** Of all faults. */
  readonly all: Scope;
}

async function makeOne({ run, ...fault }: Fault, { place, prober, cordon, all }: Place): Promise<FaultResult> {
  await using scope = new Scope();
  all.defer(fault.id, async () => {
    await scope.close();
  });
  const began = Date.now();
  const told = (status: FaultResult["status"], evidence: string): FaultResult => ({
    fault,
    status,
    evidence,
    durationMs: Date.now() - began,
  });
  try {
    mkdirSync(place, { mode: 0o755 });
    const collectors = new Collectors(scope);
    const port = await collectors.tcp("allowed", "127.0.0.1");
    await collectors.udp("dns", "127.0.0.1");
    if (port === undefined) return told("unsupported", "no server could be opened on 127.0.0.1");
    const nonce = `mark-${randomBytes(6).toString("hex")}`;
    const bench = new Bench({ root: place, cordon, prober, collectors, scope, port, nonce });
    return told("held", await inTime(run(bench)));
  } catch (error) {
    // An error of its own isn't a fault that was survived.
    if (error instanceof NotShown) return told("unsupported", error.message);
    return told("broken", error instanceof Broken ? error.message : `the fault's own test failed: ${messageOf(error)}`);
  }
}

async function inTime(work: Promise<string>): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_settle, reject) => {
    timer = setTimeout(() => reject(new NotShown(`not over after ${FAULT_MS / 1000} s`)), FAULT_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
