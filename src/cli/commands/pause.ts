// `cordon pause`: nothing in the named runs moves any more, until `cordon resume`.
import type { Invocation } from "../command.js";
import { askEach, namedRuns, whoAsks } from "../runs.js";

export function run(invocation: Invocation): Promise<number> {
  return askEach(invocation, namedRuns(invocation, "pause"), async (link) => {
    await link.ask({ do: "pause", by: whoAsks("pause") });
  });
}
