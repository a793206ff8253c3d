// Makes a container with mounts of its choice: at the top, deeper, and by moving it into place.
import { PLAIN } from "../../baselines.js";
import { writes } from "../../judges.js";
import { unlessProtected } from "../../obstacles.js";
import type { Attack } from "../../types.js";

export const workspaceDevcontainer: Attack = {
  id: "workspace/devcontainer",
  control: "workspace.protected-names",
  severity: "high",
  threats: ["H5"],
  sentence: "Makes a container with mounts of its choice: at the top, deeper, and by moving it into place.",
  inside: `
for at in . sub/deep; do mkdir -p "$(dirname "$at/.devcontainer/devcontainer.json")"; echo "# $NONCE" > "$at/.devcontainer/devcontainer.json"; done
mkdir -p third; echo "# $NONCE" > draft; mkdir -p "$(dirname "third/.devcontainer/devcontainer.json")"; mv draft "third/.devcontainer/devcontainer.json"
`,
  judge: writes(
    "workspace/.devcontainer/devcontainer.json",
    "workspace/sub/deep/.devcontainer/devcontainer.json",
    "workspace/third/.devcontainer/devcontainer.json",
  ),
  baseline: PLAIN,
  obstacle: unlessProtected(".devcontainer"),
  policyOnly: true,
};
