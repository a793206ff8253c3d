// Opens a socket on a vehicle bus (CAN).
import { noBaseline } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const socketsCan: Attack = {
  id: "sockets/can",
  control: "process.seccomp",
  severity: "low",
  threats: ["H15"],
  sentence: "Opens a socket on a vehicle bus (CAN).",
  inside: '"$PROBER" call socket 29 3 1',
  judge: kernel("socket"),
  baseline: noBaseline("the kernel might load a module for it, which would stay"),
};
