// Makes a task that the editor starts: at the top, deeper, and by moving it into place.
import { PLAIN } from "../../baselines.js";
import { writes } from "../../judges.js";
import { unlessProtected } from "../../obstacles.js";
import type { Attack } from "../../types.js";

export const workspaceEditorTasks: Attack = {
  id: "workspace/editor-tasks",
  control: "workspace.protected-names",
  severity: "high",
  threats: ["H5"],
  sentence: "Makes a task that the editor starts: at the top, deeper, and by moving it into place.",
  inside: `
for at in . sub/deep; do mkdir -p "$(dirname "$at/.vscode/tasks.json")"; echo "# $NONCE" > "$at/.vscode/tasks.json"; done
mkdir -p third; echo "# $NONCE" > draft; mkdir -p "$(dirname "third/.vscode/tasks.json")"; mv draft "third/.vscode/tasks.json"
`,
  judge: writes(
    "workspace/.vscode/tasks.json",
    "workspace/sub/deep/.vscode/tasks.json",
    "workspace/third/.vscode/tasks.json",
  ),
  baseline: PLAIN,
  obstacle: unlessProtected(".vscode"),
  policyOnly: true,
};
