// Opens a DCCP socket.
import { noBaseline } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const socketsDccp: Attack = {
  id: "sockets/dccp",
  control: "process.seccomp",
  severity: "medium",
  threats: ["H15"],
  sentence: "Opens a DCCP socket.",
  inside: '"$PROBER" call socket 2 6 33',
  judge: kernel("socket"),
  baseline: noBaseline("the kernel might load a module for it, which would stay"),
};
