// Opens a TIPC socket.
import { noBaseline } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const socketsTipc: Attack = {
  id: "sockets/tipc",
  control: "process.seccomp",
  severity: "medium",
  threats: ["H15"],
  sentence: "Opens a TIPC socket.",
  inside: '"$PROBER" call socket 30 5 0',
  judge: kernel("socket"),
  baseline: noBaseline("the kernel might load a module for it, which would stay"),
};
