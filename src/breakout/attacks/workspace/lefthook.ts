// Makes programs for lefthook's hooks: at the top, deeper, and by moving it into place.
import { PLAIN } from "../../baselines.js";
import { writes } from "../../judges.js";
import { unlessProtected } from "../../obstacles.js";
import type { Attack } from "../../types.js";

export const workspaceLefthook: Attack = {
  id: "workspace/lefthook",
  control: "workspace.protected-names",
  severity: "high",
  threats: ["H5"],
  sentence: "Makes programs for lefthook's hooks: at the top, deeper, and by moving it into place.",
  inside: `
for at in . sub/deep; do mkdir -p "$(dirname "$at/lefthook.yml")"; echo "# $NONCE" > "$at/lefthook.yml"; done
mkdir -p third; echo "# $NONCE" > draft; mkdir -p "$(dirname "third/lefthook.yml")"; mv draft "third/lefthook.yml"
`,
  judge: writes("workspace/lefthook.yml", "workspace/sub/deep/lefthook.yml", "workspace/third/lefthook.yml"),
  baseline: PLAIN,
  obstacle: unlessProtected("lefthook.yml"),
  policyOnly: true,
};
