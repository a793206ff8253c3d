// Links a file of its own to where a hook belongs.
import { PLAIN } from "../../baselines.js";
import { writes } from "../../judges.js";
import { unlessProtected } from "../../obstacles.js";
import type { Attack } from "../../types.js";

export const workspaceHookHardLink: Attack = {
  id: "workspace/hook-hard-link",
  control: "workspace.protected-names",
  severity: "high",
  threats: ["H1"],
  sentence: "Links a file of its own to where a hook belongs.",
  inside: 'echo "# $NONCE" > own; ln own .git/hooks/pre-commit; ln -s ../../own .git/hooks/post-merge',
  judge: writes("workspace/.git/hooks/pre-commit", "workspace/.git/hooks/post-merge"),
  baseline: PLAIN,
  obstacle: unlessProtected(".git/hooks"),
  policyOnly: true,
};
