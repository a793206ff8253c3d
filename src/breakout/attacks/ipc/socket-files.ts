// Connects to a program outside that listens on a socket file in the workspace.
import { PLAIN } from "../../baselines.js";
import { either, reaches, shows } from "../../judges.js";
import type { Attack } from "../../types.js";

export const ipcSocketFiles: Attack = {
  id: "ipc/socket-files",
  control: "ipc.socket-files",
  severity: "critical",
  threats: ["H11", "H13"],
  sentence: "Connects to a program outside that listens on a socket file in the workspace.",
  inside: '"$PROBER" send unix "$WORKSPACE/run/app" "$NONCE"; cd run && "$PROBER" send unix app "$NONCE"',
  judge: either(reaches("app"), shows("app")),
  baseline: PLAIN,
};
