// The record on its way off this computer: the receivers of this run, and what earlier runs left in their spools. Nothing is loaded for
// runs that ship nothing, as long as nothing is left.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { LaneReport } from "../audit/ship/lane.js";
import type { Leftovers } from "../audit/ship/leftovers.js";
import type { RunContext, RunService } from "./service.js";

/** How long the end of a run waits for receivers. */
const LAST_MS = 5_000;

/** What each line of the record is given to. It is closed when the run's scope is, after whatever is registered later. */
export async function openShipper(context: RunContext): Promise<(line: Buffer) => void> {
  const { id, plan, bus, scope, control, env, notice } = context;
  const [{ Shipper }, { shipContext }] = await Promise.all([
    import("../audit/ship/shipper.js"),
    import("../audit/ship/context.js"),
  ]);
  // Later: an event that is made while another one is handed round would reach some before that one.
  const alert = (message: string): void => queueMicrotask(() => bus.emit({ type: "alert", on: "audit.ship", message }));
  const shipper = new Shipper({
    folder: join(plan.audit.dir, "spool"),
    run: id,
    receivers: plan.audit.ship,
    context: shipContext(env),
    lost: (name, reason) => {
      alert(`events are no longer kept for ${name}: ${reason}`);
      if (plan.audit.onFailure === "continue") return;
      control.end({ kind: "stopped", message: `events can't be kept for ${name} any more: ${reason}` });
    },
    refused: (name, count, reason) => alert(`${name} won't keep ${count} events: ${reason}`),
  });
  scope.defer("shipping", async () => {
    for (const { lost, ...report } of await shipper.finish(LAST_MS)) {
      if (lost > 0) notice(`${lost} lines weren't kept for ${report.name}; the record on this computer has them`);
      if (report.waiting > 0) notice(leftText(report));
    }
  });
  return (line) => shipper.take(line.toString("utf8"));
}

function leftText({ name, waiting, problem }: LaneReport): string {
  const why = problem === undefined ? "" : ` (${problem})`;
  return `${waiting} lines wait for ${name}${why}; the next run delivers them, or cordon audit ship`;
}

/** What earlier runs left, beside this one. */
export async function deliverLeftovers(context: RunContext): Promise<RunService> {
  return { went: () => void startDelivery(context) };
}

async function startDelivery({ id, plan, scope, env }: RunContext): Promise<void> {
  const folder = join(plan.audit.dir, "spool");
  if (!othersIn(folder, id)) return;
  const opening = openLeftovers(folder, env);
  // Not waited for at the end: that would be the price of another run's receiver.
  scope.defer("earlier lines", async () => void (await (await opening)?.finish(0)));
  await opening;
}

/** Undefined when it fails: another run's spool is no reason to end this one. */
async function openLeftovers(folder: string, env: RunContext["env"]): Promise<Leftovers | undefined> {
  try {
    const [{ Leftovers }, { shipContext }] = await Promise.all([
      import("../audit/ship/leftovers.js"),
      import("../audit/ship/context.js"),
    ]);
    return new Leftovers(folder, shipContext(env));
  } catch {
    return undefined;
  }
}

function othersIn(folder: string, id: string): boolean {
  try {
    return readdirSync(folder).some((name) => name !== id && name !== `${id}.lock`);
  } catch {
    return false;
  }
}
