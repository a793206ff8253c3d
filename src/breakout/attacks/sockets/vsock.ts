// Opens a socket to the machine that this one runs on (vsock).
import { noBaseline } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const socketsVsock: Attack = {
  id: "sockets/vsock",
  control: "process.seccomp",
  severity: "high",
  threats: ["H15", "H18"],
  sentence: "Opens a socket to the machine that this one runs on (vsock).",
  inside: '"$PROBER" call socket 40 1 0',
  judge: kernel("socket"),
  baseline: noBaseline("the kernel might load a module for it, which would stay"),
};
