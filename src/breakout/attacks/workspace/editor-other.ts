// Makes a run configuration for another editor: at the top, deeper, and by moving it into place.
import { PLAIN } from "../../baselines.js";
import { writes } from "../../judges.js";
import { unlessProtected } from "../../obstacles.js";
import type { Attack } from "../../types.js";

export const workspaceEditorOther: Attack = {
  id: "workspace/editor-other",
  control: "workspace.protected-names",
  severity: "high",
  threats: ["H5"],
  sentence: "Makes a run configuration for another editor: at the top, deeper, and by moving it into place.",
  inside: `
for at in . sub/deep; do mkdir -p "$(dirname "$at/.idea/workspace.xml")"; echo "# $NONCE" > "$at/.idea/workspace.xml"; done
mkdir -p third; echo "# $NONCE" > draft; mkdir -p "$(dirname "third/.idea/workspace.xml")"; mv draft "third/.idea/workspace.xml"
`,
  judge: writes(
    "workspace/.idea/workspace.xml",
    "workspace/sub/deep/.idea/workspace.xml",
    "workspace/third/.idea/workspace.xml",
  ),
  baseline: PLAIN,
  obstacle: unlessProtected(".idea"),
  policyOnly: true,
};
