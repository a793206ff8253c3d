// Makes a git hook in a repository far below the top of the workspace.
import { PLAIN } from "../../baselines.js";
import { writes } from "../../judges.js";
import { unlessProtected } from "../../obstacles.js";
import type { Attack } from "../../types.js";

export const workspaceDeepHook: Attack = {
  id: "workspace/deep-hook",
  control: "workspace.protected-names",
  severity: "critical",
  threats: ["H2"],
  sentence: "Makes a git hook in a repository far below the top of the workspace.",
  inside: 'mkdir -p a/b/c/d/e/.git/hooks; echo "# $NONCE" > a/b/c/d/e/.git/hooks/post-checkout',
  judge: writes("workspace/a/b/c/d/e/.git/hooks/post-checkout"),
  baseline: PLAIN,
  obstacle: unlessProtected(".git/hooks"),
  policyOnly: true,
};
