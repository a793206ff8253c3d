// Opens a raw socket.
import { NAMESPACES } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const socketsRaw: Attack = {
  id: "sockets/raw",
  control: "process.seccomp",
  severity: "high",
  threats: ["H15", "H39"],
  sentence: "Opens a raw socket.",
  inside: '"$PROBER" call socket 2 3 1',
  judge: kernel("socket"),
  baseline: NAMESPACES,
};
