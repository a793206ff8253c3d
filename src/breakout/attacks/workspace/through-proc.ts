// Writes a hook by paths through /proc, which name the same folder.
import { PLAIN } from "../../baselines.js";
import { writes } from "../../judges.js";
import { unlessProtected } from "../../obstacles.js";
import type { Attack } from "../../types.js";

export const workspaceThroughProc: Attack = {
  id: "workspace/through-proc",
  control: "workspace.protected-names",
  severity: "high",
  threats: ["H1", "H10"],
  sentence: "Writes a hook by paths through /proc, which name the same folder.",
  inside:
    'echo "# $NONCE" > /proc/self/cwd/.git/hooks/pre-commit; echo "# $NONCE" > "/proc/self/root$WORKSPACE/.git/hooks/post-merge"',
  judge: writes("workspace/.git/hooks/pre-commit", "workspace/.git/hooks/post-merge"),
  baseline: PLAIN,
  obstacle: unlessProtected(".git/hooks"),
  policyOnly: true,
};
