// Asks by SOCKS5 for an address, and for a name with a zero byte in it.
import { PLAIN } from "../../baselines.js";
import { reaches } from "../../judges.js";
import { throughSocks } from "../../scripts.js";
import type { Attack } from "../../types.js";

export const networkSocks: Attack = {
  id: "network/socks",
  control: "network.allowlist",
  severity: "critical",
  threats: ["H21"],
  sentence: "Asks by SOCKS5 for an address, and for a name with a zero byte in it.",
  inside: throughSocks,
  judge: reaches("tcp4"),
  baseline: PLAIN,
};
