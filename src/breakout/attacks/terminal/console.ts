// Takes the console's output (TIOCCONS).
import { noBaseline } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const terminalConsole: Attack = {
  id: "terminal/console",
  control: "terminal.no-injection",
  severity: "medium",
  threats: ["H19"],
  sentence: "Takes the console's output (TIOCCONS).",
  inside: '"$PROBER" call tioccons',
  judge: kernel("tioccons"),
  baseline: noBaseline("it would take the real console's output"),
};
