// `cordon resume`: paused runs go on.
import type { Invocation } from "../command.js";
import { askEach, namedRuns, whoAsks } from "../runs.js";

export function run(invocation: Invocation): Promise<number> {
  return askEach(invocation, namedRuns(invocation, "resume"), async (link) => {
    await link.ask({ do: "resume", by: whoAsks("resume") });
  });
}
