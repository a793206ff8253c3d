// Pastes into the console (TIOCLINUX).
import { noBaseline } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const terminalPaste: Attack = {
  id: "terminal/paste",
  control: "terminal.no-injection",
  severity: "high",
  threats: ["H19"],
  sentence: "Pastes into the console (TIOCLINUX).",
  inside: '"$PROBER" call tioclinux',
  judge: kernel("tioclinux"),
  baseline: noBaseline("there is no console to paste into here"),
};
