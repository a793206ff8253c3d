// `cordon run`: plans, starts, passes signals on, and ends with the command's own status. It writes nothing to stdout, and to stderr only
// what the user must know.
import { shortfalls } from "../../backends/assemble.js";
import { CordonError, messageOf } from "../../core/error.js";
import { printable } from "../../core/text.js";
import type { Event } from "../../events/types.js";
import type { RunExit } from "../../run/outcome.js";
import { requireHost } from "../../run/prepare.js";
import { startRun } from "../../run/start.js";
import { Advice } from "../advice.js";
import { flag, type Invocation } from "../command.js";
import { noteText, writeAll } from "../output.js";
import { type Prepared, planFor } from "../pipeline.js";
import { Refusals } from "../refused.js";
import { SignalRelay } from "../signals.js";

export async function run(invocation: Invocation): Promise<number> {
  const { positionals: command, out } = invocation;
  if (command.length === 0) throw new CordonError("usage", "run needs a command", { hint: "cordon run -- COMMAND" });
  if (flag(invocation, "ask"))
    throw new CordonError("not-implemented", "permission requests come in a later release", { place: "--ask" });
  const prepared = await planFor(invocation, command);
  requireHost(prepared.artifact);
  for (const note of notesOf(invocation, prepared)) out.note(note);
  const refused = new Refusals();
  // A script that reads stderr gets it only when it asks.
  const advice = invocation.out.interactive || flag(invocation, "summary") ? new Advice() : undefined;
  const writeEvent = await eventWriter(invocation);
  const relay = new SignalRelay();
  const started = await startRun({
    plan: prepared.plan,
    artifact: prepared.artifact,
    facts: prepared.facts,
    allowDegraded: flag(invocation, "allow-degraded"),
    env: invocation.env,
    onStopped: () => relay.stopSelf(),
    onNotice: (text) => out.note(printable(text, 1000)),
    onEvent: (event) => {
      refused.see(event);
      advice?.see(event);
      writeEvent(event);
    },
  });
  relay.attach(started);
  const exit = await started.exit;
  for (const line of [...refused.lines(), ...(advice?.lines() ?? [])]) out.note(line);
  reportExit(invocation, exit);
  return exit.code;
}

function notesOf(invocation: Invocation, { artifact, notes }: Prepared): readonly string[] {
  if (!flag(invocation, "allow-degraded")) return notes;
  return [
    ...notes,
    ...shortfalls(artifact).map(({ control, reason }) => `${control} is not enforced as the policy asks: ${reason}`),
  ];
}

async function eventWriter({ options, out }: Invocation): Promise<(event: Event) => void> {
  const target = typeof options["events"] === "string" ? options["events"] : undefined;
  if (target === undefined) return () => undefined;
  const { openEventFile } = await import("../../events/jsonl.js");
  const file = openEventFile(target);
  let failed = false;
  return (event) => {
    if (failed) return;
    try {
      file.write(event);
    } catch (error) {
      failed = true;
      out.note(`events can't be written any more: ${messageOf(error)}`);
    }
  };
}

/** Why the run ended, when that isn't the command's own doing. A failure is told also when --quiet was given. */
function reportExit({ out }: Invocation, { reason, message }: RunExit): void {
  if (message === undefined) return;
  const line = printable(message, 1000);
  if (reason === "failed") writeAll(2, `${noteText(line)}\n`);
  else out.note(line);
}
