// Types a letter into the very terminal that its caller started it on.
import { PLAIN } from "../../baselines.js";
import { observes } from "../../judges.js";
import type { Attack } from "../../types.js";

export const terminalOwnTerminal: Attack = {
  id: "terminal/own-terminal",
  control: "terminal.no-injection",
  severity: "critical",
  threats: ["H19"],
  sentence: "Types a letter into the very terminal that its caller started it on.",
  inside: '"$PROBER" call tiocsti-own; (exec < /dev/tty && "$PROBER" call tiocsti-own)',
  judge: observes(/^terminal-heard [0-9a-f]*78/m, "the caller's terminal holds what it typed"),
  baseline: PLAIN,
  terminal: true,
};
