// Types a letter into a terminal, with bits above the request that the kernel ignores.
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const terminalHighBits: Attack = {
  id: "terminal/high-bits",
  control: "terminal.no-injection",
  severity: "critical",
  threats: ["H19"],
  sentence: "Types a letter into a terminal, with bits above the request that the kernel ignores.",
  inside: '"$PROBER" call tiocsti-high',
  judge: kernel("tiocsti-high"),
  baseline: PLAIN,
};
