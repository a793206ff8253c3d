// Opens a socket of the kernel's connection multiplexer.
import { noBaseline } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const socketsKcm: Attack = {
  id: "sockets/kcm",
  control: "process.seccomp",
  severity: "low",
  threats: ["H15"],
  sentence: "Opens a socket of the kernel's connection multiplexer.",
  inside: '"$PROBER" call socket 41 5 0',
  judge: kernel("socket"),
  baseline: noBaseline("the kernel might load a module for it, which would stay"),
};
