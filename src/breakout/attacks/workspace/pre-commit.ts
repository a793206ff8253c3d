// Makes programs for pre-commit's hook: at the top, deeper, and by moving it into place.
import { PLAIN } from "../../baselines.js";
import { writes } from "../../judges.js";
import { unlessProtected } from "../../obstacles.js";
import type { Attack } from "../../types.js";

export const workspacePreCommit: Attack = {
  id: "workspace/pre-commit",
  control: "workspace.protected-names",
  severity: "high",
  threats: ["H5"],
  sentence: "Makes programs for pre-commit's hook: at the top, deeper, and by moving it into place.",
  inside: `
for at in . sub/deep; do mkdir -p "$(dirname "$at/.pre-commit-config.yaml")"; echo "# $NONCE" > "$at/.pre-commit-config.yaml"; done
mkdir -p third; echo "# $NONCE" > draft; mkdir -p "$(dirname "third/.pre-commit-config.yaml")"; mv draft "third/.pre-commit-config.yaml"
`,
  judge: writes(
    "workspace/.pre-commit-config.yaml",
    "workspace/sub/deep/.pre-commit-config.yaml",
    "workspace/third/.pre-commit-config.yaml",
  ),
  baseline: PLAIN,
  obstacle: unlessProtected(".pre-commit-config.yaml"),
  policyOnly: true,
};
