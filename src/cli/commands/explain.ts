// `cordon explain`: what the command could and couldn't do under a policy on this host. Plans as `run` would and starts nothing.
import { CordonError } from "../../core/error.js";
import { explain, explanationText } from "../../plan/explain.js";
import { flag, type Invocation } from "../command.js";
import { planFor } from "../pipeline.js";

export async function run(invocation: Invocation): Promise<number> {
  const { plan, policy, artifact, notes, choice } = await planFor(withPolicyFile(invocation), []);
  const explanation = explain({ plan, policy, artifact, ...(choice === undefined ? {} : { choice }) });
  if (flag(invocation, "json")) invocation.out.print(JSON.stringify({ ...explanation, notes }, null, 2));
  else invocation.out.print(explanationText(explanation));
  for (const note of notes) invocation.out.note(note);
  return 0;
}

/** `explain FILE` is `explain --policy FILE`. */
function withPolicyFile(invocation: Invocation): Invocation {
  const [file, ...more] = invocation.positionals;
  if (file === undefined) return invocation;
  if (more.length > 0) throw new CordonError("usage", "explain takes one policy file", { place: "explain" });
  if (invocation.options["policy"] !== undefined) {
    throw new CordonError("usage", "the policy is named twice", { place: "--policy" });
  }
  return {
    ...invocation,
    positionals: [],
    options: { ...invocation.options, policy: file },
    order: [{ name: "policy", value: file }, ...invocation.order],
  };
}
