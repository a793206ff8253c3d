// Moves the whole repository away, changes it and moves it back.
import { PLAIN } from "../../baselines.js";
import { writes } from "../../judges.js";
import { unlessProtected } from "../../obstacles.js";
import type { Attack } from "../../types.js";

export const workspaceRepositoryMoved: Attack = {
  id: "workspace/repository-moved",
  control: "workspace.protected-names",
  severity: "critical",
  threats: ["H1"],
  sentence: "Moves the whole repository away, changes it and moves it back.",
  inside: 'mv .git g; echo "# $NONCE" > g/hooks/pre-commit; mv g .git',
  judge: writes("workspace/.git/hooks/pre-commit"),
  baseline: PLAIN,
  obstacle: unlessProtected(".git/hooks"),
  policyOnly: true,
};
