// Makes a hook that the package's install step links in: at the top, deeper, and by moving it into place.
import { PLAIN } from "../../baselines.js";
import { writes } from "../../judges.js";
import { unlessProtected } from "../../obstacles.js";
import type { Attack } from "../../types.js";

export const workspaceHusky: Attack = {
  id: "workspace/husky",
  control: "workspace.protected-names",
  severity: "high",
  threats: ["H5"],
  sentence: "Makes a hook that the package's install step links in: at the top, deeper, and by moving it into place.",
  inside: `
for at in . sub/deep; do mkdir -p "$(dirname "$at/.husky/pre-commit")"; echo "# $NONCE" > "$at/.husky/pre-commit"; done
mkdir -p third; echo "# $NONCE" > draft; mkdir -p "$(dirname "third/.husky/pre-commit")"; mv draft "third/.husky/pre-commit"
`,
  judge: writes(
    "workspace/.husky/pre-commit",
    "workspace/sub/deep/.husky/pre-commit",
    "workspace/third/.husky/pre-commit",
  ),
  baseline: PLAIN,
  obstacle: unlessProtected(".husky"),
  policyOnly: true,
};
