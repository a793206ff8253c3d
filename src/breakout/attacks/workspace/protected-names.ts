// Makes a git hook that runs outside at the next commit.
import { PLAIN } from "../../baselines.js";
import { writes } from "../../judges.js";
import { unlessProtected } from "../../obstacles.js";
import type { Attack } from "../../types.js";

export const workspaceProtectedNames: Attack = {
  id: "workspace/protected-names",
  control: "workspace.protected-names",
  severity: "critical",
  threats: ["H1", "H2"],
  sentence: "Makes a git hook that runs outside at the next commit.",
  inside: 'echo "# $NONCE" > .git/hooks/pre-commit; chmod +x .git/hooks/pre-commit',
  judge: writes("workspace/.git/hooks/pre-commit"),
  baseline: PLAIN,
  obstacle: unlessProtected(".git/hooks"),
  policyOnly: true,
};
