// What cordon-init reports, as events of the run and as words for its end. Pure.
import { printable } from "../core/text.js";
import type { EventDraft } from "../events/types.js";
import type { Artifact, Plan } from "../plan/types.js";
import type { ControlMessage } from "./control.js";
import { errnoName } from "./outcome.js";

export function eventOf(message: ControlMessage): EventDraft | undefined {
  if (message.kind === "protected") {
    const { path, operation, pid } = message;
    return { type: "file.protected", path, operation, pid, action: "refused" };
  }
  if (message.kind === "canary") {
    const { path, pid, program, exact } = message;
    const who = pid === 0 ? {} : { pid, ...(program === "-" ? {} : { program }) };
    return { type: "file.canary", path, ...who, exact };
  }
  if (message.kind === "exec") {
    const { pid, parent, program, argv, cwd, truncated } = message;
    return { type: "exec", pid, parent, program, argv, cwd, ...(truncated ? { truncated } : {}), advisory: true };
  }
  if (message.kind === "masked") {
    return { type: "file.protected", path: message.path, operation: "appeared", action: "masked" };
  }
  return undefined;
}

/** SECURITY(T7): a denied name that can't be hidden ends the run rather than staying readable. */
export function problemOf(message: Extract<ControlMessage, { kind: "error" | "mask-failed" }>): string {
  if (message.kind === "mask-failed")
    return `${printable(message.path)} could not be hidden (${errnoName(message.errno)})`;
  const cause = message.errno === 0 ? "" : ` (${errnoName(message.errno)})`;
  return `${printable(message.stage)}: ${printable(message.text)}${cause}`;
}

export function startedEvent(plan: Plan, artifact: Artifact): EventDraft {
  return {
    type: "run.started",
    name: plan.name,
    backend: artifact.backend,
    command: plan.command.argv,
    workspace: plan.workspace.source,
    policy: plan.policy,
    get plan() {
      return plan.digest;
    },
    enforcement: artifact.enforcement,
  };
}
