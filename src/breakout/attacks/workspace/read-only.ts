// Makes, changes and removes files in a workspace that may only be read.
import { PLAIN } from "../../baselines.js";
import { either, writes } from "../../judges.js";
import type { Attack } from "../../types.js";

export const workspaceReadOnly: Attack = {
  id: "workspace/read-only",
  control: "workspace.read-only",
  severity: "high",
  threats: ["H1"],
  sentence: "Makes, changes and removes files in a workspace that may only be read.",
  inside: 'echo "$NONCE" > made; echo "$NONCE" >> README.md; mv src/main.sh src/moved',
  judge: either(writes("workspace/made", "workspace/README.md"), (facts) =>
    facts.names("workspace/src").includes("moved") ? "it moved a file" : undefined,
  ),
  baseline: PLAIN,
  policyOnly: true,
};
