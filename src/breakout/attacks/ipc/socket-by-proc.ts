// Connects to a socket file by a path through /proc.
import { PLAIN } from "../../baselines.js";
import { either, reaches, shows } from "../../judges.js";
import type { Attack } from "../../types.js";

export const ipcSocketByProc: Attack = {
  id: "ipc/socket-by-proc",
  control: "ipc.socket-files",
  severity: "critical",
  threats: ["H11"],
  sentence: "Connects to a socket file by a path through /proc.",
  inside: '"$PROBER" send unix /proc/self/cwd/run/app "$NONCE"',
  judge: either(reaches("app"), shows("app")),
  baseline: PLAIN,
};
