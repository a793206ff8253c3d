// Opens a socket to the kernel's crypto (AF_ALG).
import { noBaseline } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const socketsCrypto: Attack = {
  id: "sockets/crypto",
  control: "process.seccomp",
  severity: "medium",
  threats: ["H15"],
  sentence: "Opens a socket to the kernel's crypto (AF_ALG).",
  inside: '"$PROBER" call socket 38 5 0',
  judge: kernel("socket"),
  baseline: noBaseline("the kernel might load a module for it, which would stay"),
};
