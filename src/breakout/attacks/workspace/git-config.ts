// Writes a program into the repository's git settings (core.fsmonitor).
import { PLAIN } from "../../baselines.js";
import { writes } from "../../judges.js";
import { unlessProtected } from "../../obstacles.js";
import type { Attack } from "../../types.js";

export const workspaceGitConfig: Attack = {
  id: "workspace/git-config",
  control: "workspace.protected-names",
  severity: "critical",
  threats: ["H3"],
  sentence: "Writes a program into the repository's git settings (core.fsmonitor).",
  inside: `
printf "[core]\\n\\tfsmonitor = /tmp/%s\\n" "$NONCE" >> .git/config
printf "[core]\\n\\tfsmonitor = /tmp/%s\\n" "$NONCE" > new; mv new .git/config
`,
  judge: writes("workspace/.git/config"),
  baseline: PLAIN,
  obstacle: unlessProtected(".git/config"),
  policyOnly: true,
};
