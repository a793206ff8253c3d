// Opens a socket with rings shared with the driver (XDP).
import { noBaseline } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const socketsXdp: Attack = {
  id: "sockets/xdp",
  control: "process.seccomp",
  severity: "high",
  threats: ["H15"],
  sentence: "Opens a socket with rings shared with the driver (XDP).",
  inside: '"$PROBER" call socket 44 3 0',
  judge: kernel("socket"),
  baseline: noBaseline("the kernel might load a module for it, which would stay"),
};
