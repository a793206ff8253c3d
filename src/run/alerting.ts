// Alerts of a run: events and use are held against the policy's rules; what comes true becomes an event, and only then is acted upon.
// Nothing of that is loaded before the first event that a rule is about, but for rules about use.
import { totalmem } from "node:os";
import type { AlertActions } from "../audit/alerts/actions.js";
import type { AlertRules, Firing } from "../audit/alerts/rules.js";
import { messageOf } from "../core/error.js";
import type { Event } from "../events/types.js";
import type { UseAlert } from "../policy/types.js";
import type { RunContext, RunService } from "./service.js";

export async function watchForAlerts(context: RunContext): Promise<RunService> {
  const alerting = new Alerting(context);
  const uses = context.plan.alerts.filter((rule) => "above" in rule);
  context.bus.subscribe((event) => alerting.see(event));
  return {
    stands: async (first) => {
      // Registered after the record was, and so closed before it: the last alerts are in it.
      context.scope.defer("alerts", () => alerting.close());
      if (uses.length > 0) await alerting.watchUse(first, uses);
    },
  };
}

class Alerting {
  readonly #context: RunContext;
  readonly #wanted: ReadonlySet<string>;
  #loading: Promise<AlertRules> | undefined;
  #rules: AlertRules | undefined;
  /** Events that came while the rules were being loaded. */
  #early: { readonly event: Event; readonly atMs: number }[] = [];
  #actions: Promise<AlertActions> | undefined;
  /** All that is being done, in order. */
  #work: Promise<void> = Promise.resolve();

  constructor(context: RunContext) {
    this.#context = context;
    this.#wanted = new Set(context.plan.alerts.map(({ on }) => on));
  }

  see(event: Event): void {
    const atMs = now();
    if (event.type === "alert") this.#do(async () => (await this.#loadActions()).act(event, atMs));
    if (!this.#wanted.has(event.type)) return;
    if (this.#rules !== undefined) this.#tell(this.#rules.see(event, atMs));
    else {
      this.#early.push({ event, atMs });
      this.#do(async () => void (await this.#loadRules()));
    }
  }

  async watchUse(first: number, uses: readonly UseAlert[]): Promise<void> {
    const [{ UsageReader }, rules] = await Promise.all([import("./usage.js"), this.#loadRules()]);
    const { plan, scope } = this.#context;
    const reader = new UsageReader(first);
    const ofBytes = plan.limits.memoryBytes ?? totalmem();
    let before: { readonly cpuMs: number; readonly atMs: number } | undefined;
    const look = (): void => {
      const { cpuMs, memoryBytes } = reader.read();
      const atMs = now();
      const cpu = before === undefined ? {} : { cpu: (cpuMs - before.cpuMs) / (atMs - before.atMs) };
      before = { cpuMs, atMs };
      this.#tell(rules.look({ ...cpu, memoryBytes, ofBytes }, atMs));
    };
    const timer = setInterval(look, intervalMs(uses)).unref();
    scope.defer("watch for use", () => clearInterval(timer));
  }

  async close(): Promise<void> {
    // What is begun may begin more: an event makes an alert, which makes its actions.
    for (let work = this.#work; ; work = this.#work) {
      await work;
      if (work === this.#work) break;
    }
    await (await this.#actions)?.close();
  }

  /** Later: an event that is made while another one is handed round would reach some before that one. */
  #tell(firings: readonly Firing[]): void {
    const { bus } = this.#context;
    for (const { rule, on, message, do: actions } of firings)
      queueMicrotask(() => bus.emit({ type: "alert", on, message, rule, do: actions }));
  }

  #do(step: () => Promise<void>): void {
    this.#work = this.#work.then(step).catch((error: unknown) => {
      this.#context.notice(`an alert couldn't be acted upon: ${messageOf(error)}`);
    });
  }

  #loadRules(): Promise<AlertRules> {
    this.#loading ??= import("../audit/alerts/rules.js").then(({ AlertRules }) => {
      const rules = new AlertRules(this.#context.plan.alerts);
      this.#rules = rules;
      for (const { event, atMs } of this.#early) this.#tell(rules.see(event, atMs));
      this.#early = [];
      return rules;
    });
    return this.#loading;
  }

  #loadActions(): Promise<AlertActions> {
    this.#actions ??= this.#makeActions();
    return this.#actions;
  }

  async #makeActions(): Promise<AlertActions> {
    const [{ AlertActions }, { shipContext }] = await Promise.all([
      import("../audit/alerts/actions.js"),
      import("../audit/ship/context.js"),
    ]);
    const { id, plan, control, env, notice } = this.#context;
    return new AlertActions({
      run: id,
      name: plan.name,
      ship: plan.audit.ship,
      context: shipContext(env),
      env,
      notice,
      pause: (why) => void this.#pause(why),
      stop: (why) => control.end({ kind: "stopped", message: `stopped by an alert: ${why}`, by: `an alert: ${why}` }),
    });
  }

  async #pause(why: string): Promise<void> {
    const { id, control, notice } = this.#context;
    try {
      await control.pause(`an alert: ${why}`);
      notice(`paused by an alert: ${why}; cordon resume ${id} lets it go on`);
    } catch (error) {
      notice(`it couldn't be paused: ${messageOf(error)}`);
    }
  }
}

/** Several looks within the shortest span, but never so often that looking is a burden. */
function intervalMs(uses: readonly UseAlert[]): number {
  const shortestMs = Math.min(...uses.map(({ forMs }) => forMs));
  return Math.min(2_000, Math.max(250, shortestMs / 5));
}

/** A clock that nobody sets. */
function now(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}
