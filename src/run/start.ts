// Starts a run from a plan and its artifact: everything is decided by now, this acts. On any failure nothing is left over.
import { fullTable, shortfalls } from "../backends/assemble.js";
import { encodeOps, OpTemplate } from "../backends/common/ops.js";
import { CordonError } from "../core/error.js";
import type { HostFacts } from "../host/types.js";
import type { Artifact, Plan } from "../plan/types.js";
import { servicesBeside } from "./beside.js";
import { type Contents, filledFile, makeDecoys, randomBytes } from "./contents.js";
import { prepareEgress } from "./egress.js";
import { RunHandle } from "./handle.js";
import { prepareHome } from "./home.js";
import type { StdioChoice } from "./process.js";
import type { Run, RunHooks } from "./run.js";

export interface RunRequest extends RunHooks {
  readonly plan: Plan;
  readonly artifact: Artifact;
  readonly facts: HostFacts;
  /** Default: `inherit`. */
  readonly stdio?: StdioChoice | readonly [StdioChoice, StdioChoice, StdioChoice];
  /** The environment of whoever asks: where their own folders are, and keys that the record's receivers need. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Run although controls can't be enforced as asked; the event `run.started` names each. */
  readonly allowDegraded?: boolean;
}

/** Settles when the command was told to start; rejects with a CordonError when the sandbox can't be built as the plan says. */
export async function startRun(request: RunRequest): Promise<Run> {
  const { plan, artifact, facts, stdio = "inherit", allowDegraded = false, env } = request;
  // Fail closed: whoever calls this, a control that isn't held stops the run before anything starts.
  if (!allowDegraded) refuseShortfalls(artifact);
  prepareHome(plan, facts.user.uid === 0);
  const id = `${plan.name}-${randomId()}`;
  const decoys = makeDecoys(artifact, id);
  const egress = await prepareEgress(plan, artifact, { env, decoys });
  const handle = new RunHandle({
    ...request,
    artifact: { ...artifact, enforcement: fullTable(artifact) },
    ...(egress === undefined ? {} : { egress }),
    beside: servicesBeside(artifact),
    env,
    id,
    spawn: {
      argv: artifact.main.argv,
      env: artifact.main.env,
      ops: egress === undefined ? encoded(artifact, decoys.contents) : encodeOps(egress.ops),
      stdio: typeof stdio === "object" ? stdio : [stdio, stdio, stdio],
    },
  });
  await handle.started;
  return handle;
}

/** Eight hex digits. */
function randomId(): string {
  return randomBytes(4).toString("hex");
}

/** A plan is often run many times; its bytes are always the same, but for what is the run's own. */
const TEMPLATES = new WeakMap<Artifact, OpTemplate>();

function encoded(artifact: Artifact, contents: Contents): Uint8Array {
  const template = TEMPLATES.get(artifact) ?? new OpTemplate(artifact.main.ops);
  TEMPLATES.set(artifact, template);
  return template.encode((op) => filledFile(op, contents));
}

function refuseShortfalls(artifact: Artifact): void {
  const missing = shortfalls(artifact);
  if (missing.length === 0) return;
  const list = missing.map(({ control, reason }) => `${control} (${reason})`).join("; ");
  throw new CordonError("control-unenforced", `what the policy asks for can't be enforced here: ${list}`, {
    hint: "cordon doctor shows how to get what is missing; --allow-degraded runs without it",
  });
}
