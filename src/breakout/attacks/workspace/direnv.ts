// Makes a file that direnv runs on entering the folder: at the top, deeper, and by moving it into place.
import { PLAIN } from "../../baselines.js";
import { writes } from "../../judges.js";
import { unlessProtected } from "../../obstacles.js";
import type { Attack } from "../../types.js";

export const workspaceDirenv: Attack = {
  id: "workspace/direnv",
  control: "workspace.protected-names",
  severity: "high",
  threats: ["H5"],
  sentence: "Makes a file that direnv runs on entering the folder: at the top, deeper, and by moving it into place.",
  inside: `
for at in . sub/deep; do mkdir -p "$(dirname "$at/.envrc")"; echo "# $NONCE" > "$at/.envrc"; done
mkdir -p third; echo "# $NONCE" > draft; mkdir -p "$(dirname "third/.envrc")"; mv draft "third/.envrc"
`,
  judge: writes("workspace/.envrc", "workspace/sub/deep/.envrc", "workspace/third/.envrc"),
  baseline: PLAIN,
  obstacle: unlessProtected(".envrc"),
  policyOnly: true,
};
