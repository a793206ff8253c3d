// Loads a line discipline (TIOCSETD).
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const terminalDiscipline: Attack = {
  id: "terminal/discipline",
  control: "terminal.no-injection",
  severity: "medium",
  threats: ["H19"],
  sentence: "Loads a line discipline (TIOCSETD).",
  inside: '"$PROBER" call tiocsetd',
  judge: kernel("tiocsetd"),
  baseline: PLAIN,
};
