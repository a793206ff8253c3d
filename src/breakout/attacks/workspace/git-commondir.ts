// Names another folder as the one that git takes its settings from.
import { PLAIN } from "../../baselines.js";
import { writes } from "../../judges.js";
import { unlessProtected } from "../../obstacles.js";
import type { Attack } from "../../types.js";

export const workspaceGitCommondir: Attack = {
  id: "workspace/git-commondir",
  control: "workspace.protected-names",
  severity: "critical",
  threats: ["H4"],
  sentence: "Names another folder as the one that git takes its settings from.",
  inside: 'mkdir evil; echo "../evil # $NONCE" > .git/commondir',
  judge: writes("workspace/.git/commondir"),
  baseline: PLAIN,
  obstacle: unlessProtected(".git/commondir"),
  policyOnly: true,
};
