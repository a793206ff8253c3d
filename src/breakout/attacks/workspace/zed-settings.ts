// Makes tasks for the Zed editor: at the top, deeper, and by moving it into place.
import { PLAIN } from "../../baselines.js";
import { writes } from "../../judges.js";
import { unlessProtected } from "../../obstacles.js";
import type { Attack } from "../../types.js";

export const workspaceZedSettings: Attack = {
  id: "workspace/zed-settings",
  control: "workspace.protected-names",
  severity: "high",
  threats: ["H5"],
  sentence: "Makes tasks for the Zed editor: at the top, deeper, and by moving it into place.",
  inside: `
for at in . sub/deep; do mkdir -p "$(dirname "$at/.zed/tasks.json")"; echo "# $NONCE" > "$at/.zed/tasks.json"; done
mkdir -p third; echo "# $NONCE" > draft; mkdir -p "$(dirname "third/.zed/tasks.json")"; mv draft "third/.zed/tasks.json"
`,
  judge: writes("workspace/.zed/tasks.json", "workspace/sub/deep/.zed/tasks.json", "workspace/third/.zed/tasks.json"),
  baseline: PLAIN,
  obstacle: unlessProtected(".zed"),
  policyOnly: true,
};
