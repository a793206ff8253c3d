// Opens an RDS socket.
import { noBaseline } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const socketsRds: Attack = {
  id: "sockets/rds",
  control: "process.seccomp",
  severity: "medium",
  threats: ["H15"],
  sentence: "Opens an RDS socket.",
  inside: '"$PROBER" call socket 21 5 0',
  judge: kernel("socket"),
  baseline: noBaseline("the kernel might load a module for it, which would stay"),
};
