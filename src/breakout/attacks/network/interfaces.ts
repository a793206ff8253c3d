// Looks for a way out: interfaces besides loopback, and routes.
import { PLAIN } from "../../baselines.js";
import { observes } from "../../judges.js";
import type { Attack } from "../../types.js";

export const networkInterfaces: Attack = {
  id: "network/interfaces",
  control: "network.none",
  severity: "low",
  threats: ["H28"],
  sentence: "Looks for a way out: interfaces besides loopback, and routes.",
  inside: 'cut -d: -f1 /proc/net/dev | sed -n "3,$ s/^ */interface /p"',
  judge: observes(/^interface (?!lo$).*$/m, "there is an interface"),
  baseline: PLAIN,
};
