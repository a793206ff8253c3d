// Makes a policy for the next run: at the top, deeper, and by moving it into place.
import { PLAIN } from "../../baselines.js";
import { writes } from "../../judges.js";
import { unlessProtected } from "../../obstacles.js";
import type { Attack } from "../../types.js";

export const workspaceOwnPolicy: Attack = {
  id: "workspace/own-policy",
  control: "workspace.protected-names",
  severity: "high",
  threats: ["H6", "H8"],
  sentence: "Makes a policy for the next run: at the top, deeper, and by moving it into place.",
  inside: `
for at in . sub/deep; do mkdir -p "$(dirname "$at/cordon.yaml")"; echo "# $NONCE" > "$at/cordon.yaml"; done
mkdir -p third; echo "# $NONCE" > draft; mkdir -p "$(dirname "third/cordon.yaml")"; mv draft "third/cordon.yaml"
`,
  judge: writes("workspace/cordon.yaml", "workspace/sub/deep/cordon.yaml", "workspace/third/cordon.yaml"),
  baseline: PLAIN,
  obstacle: unlessProtected("cordon.yaml"),
  policyOnly: true,
};
