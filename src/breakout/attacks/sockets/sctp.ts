// Opens an SCTP socket.
import { noBaseline } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const socketsSctp: Attack = {
  id: "sockets/sctp",
  control: "process.seccomp",
  severity: "medium",
  threats: ["H15"],
  sentence: "Opens an SCTP socket.",
  inside: '"$PROBER" call socket 2 1 132',
  judge: kernel("socket"),
  baseline: noBaseline("the kernel might load a module for it, which would stay"),
};
