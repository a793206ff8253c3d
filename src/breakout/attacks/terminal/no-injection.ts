// Types a letter into a terminal (TIOCSTI).
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const terminalNoInjection: Attack = {
  id: "terminal/no-injection",
  control: "terminal.no-injection",
  severity: "critical",
  threats: ["H19"],
  sentence: "Types a letter into a terminal (TIOCSTI).",
  inside: '"$PROBER" call tiocsti',
  judge: kernel("tiocsti"),
  baseline: PLAIN,
};
