// Opens the settings of IPsec.
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const socketsXfrm: Attack = {
  id: "sockets/xfrm",
  control: "process.seccomp",
  severity: "high",
  threats: ["H15", "H39"],
  sentence: "Opens the settings of IPsec.",
  inside: '"$PROBER" call socket 16 3 6',
  judge: kernel("socket"),
  baseline: PLAIN,
};
