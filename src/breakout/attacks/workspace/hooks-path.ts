// Turns core.hooksPath to a folder of its own, through a lock file that is moved into place as git does.
import { PLAIN } from "../../baselines.js";
import { writes } from "../../judges.js";
import { unlessProtected } from "../../obstacles.js";
import type { Attack } from "../../types.js";

export const workspaceHooksPath: Attack = {
  id: "workspace/hooks-path",
  control: "workspace.protected-names",
  severity: "critical",
  threats: ["H4"],
  sentence: "Turns core.hooksPath to a folder of its own, through a lock file that is moved into place as git does.",
  inside:
    'printf "[core]\\n\\thooksPath = %s/hooks-%s\\n" "$WORKSPACE" "$NONCE" > .git/config.lock; mv .git/config.lock .git/config',
  judge: writes("workspace/.git/config"),
  baseline: PLAIN,
  obstacle: unlessProtected(".git/config"),
  policyOnly: true,
};
