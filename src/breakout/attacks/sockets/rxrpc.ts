// Opens an AF_RXRPC socket.
import { noBaseline } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const socketsRxrpc: Attack = {
  id: "sockets/rxrpc",
  control: "process.seccomp",
  severity: "medium",
  threats: ["H15"],
  sentence: "Opens an AF_RXRPC socket.",
  inside: '"$PROBER" call socket 33 2 2',
  judge: kernel("socket"),
  baseline: noBaseline("the kernel might load a module for it, which would stay"),
};
