// Makes the editor's folder a link to one of its own.
import { PLAIN } from "../../baselines.js";
import { writes } from "../../judges.js";
import { unlessProtected } from "../../obstacles.js";
import type { Attack } from "../../types.js";

export const workspaceLinkedSettings: Attack = {
  id: "workspace/linked-settings",
  control: "workspace.protected-names",
  severity: "high",
  threats: ["H1", "H5"],
  sentence: "Makes the editor's folder a link to one of its own.",
  inside: 'mkdir own; echo "# $NONCE" > own/tasks.json; ln -s own .vscode',
  judge: writes("workspace/.vscode/tasks.json"),
  baseline: PLAIN,
  obstacle: unlessProtected(".vscode"),
  policyOnly: true,
};
