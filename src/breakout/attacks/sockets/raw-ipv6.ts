// Opens a raw socket for IPv6.
import { NAMESPACES } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const socketsRawIpv6: Attack = {
  id: "sockets/raw-ipv6",
  control: "process.seccomp",
  severity: "high",
  threats: ["H15", "H39"],
  sentence: "Opens a raw socket for IPv6.",
  inside: '"$PROBER" call socket 10 3 58',
  judge: kernel("socket"),
  baseline: NAMESPACES,
};
