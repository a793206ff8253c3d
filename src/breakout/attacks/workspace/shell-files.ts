// Makes a start file for a shell that has this folder as home: at the top, deeper, and by moving it into place.
import { PLAIN } from "../../baselines.js";
import { writes } from "../../judges.js";
import { unlessProtected } from "../../obstacles.js";
import type { Attack } from "../../types.js";

export const workspaceShellFiles: Attack = {
  id: "workspace/shell-files",
  control: "workspace.protected-names",
  severity: "high",
  threats: ["H5"],
  sentence:
    "Makes a start file for a shell that has this folder as home: at the top, deeper, and by moving it into place.",
  inside: `
for at in . sub/deep; do mkdir -p "$(dirname "$at/.bashrc")"; echo "# $NONCE" > "$at/.bashrc"; done
mkdir -p third; echo "# $NONCE" > draft; mkdir -p "$(dirname "third/.bashrc")"; mv draft "third/.bashrc"
`,
  judge: writes("workspace/.bashrc", "workspace/sub/deep/.bashrc", "workspace/third/.bashrc"),
  baseline: PLAIN,
  obstacle: unlessProtected(".bashrc"),
  policyOnly: true,
};
