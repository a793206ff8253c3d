// Opens the key management socket (AF_KEY).
import { noBaseline } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const socketsKey: Attack = {
  id: "sockets/key",
  control: "process.seccomp",
  severity: "medium",
  threats: ["H15"],
  sentence: "Opens the key management socket (AF_KEY).",
  inside: '"$PROBER" call socket 15 3 2',
  judge: kernel("socket"),
  baseline: noBaseline("the kernel might load a module for it, which would stay"),
};
