// Connects to a socket file by links and by a new name.
import { PLAIN } from "../../baselines.js";
import { either, reaches, shows } from "../../judges.js";
import type { Attack } from "../../types.js";

export const ipcSocketByLink: Attack = {
  id: "ipc/socket-by-link",
  control: "ipc.socket-files",
  severity: "critical",
  threats: ["H11"],
  sentence: "Connects to a socket file by links and by a new name.",
  inside:
    'ln -s run/app soft; ln run/app hard; "$PROBER" send unix soft "$NONCE"; "$PROBER" send unix hard "$NONCE"; mv run/app moved; "$PROBER" send unix moved "$NONCE"',
  judge: either(reaches("app"), shows("app")),
  baseline: PLAIN,
};
