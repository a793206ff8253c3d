// Asks the user's ssh agent to sign.
import { PLAIN } from "../../baselines.js";
import { either, reaches, shows } from "../../judges.js";
import type { Attack } from "../../types.js";

export const desktopSshAgent: Attack = {
  id: "desktop/ssh-agent",
  control: "ipc.socket-files",
  severity: "critical",
  threats: ["H11"],
  sentence: "Asks the user's ssh agent to sign.",
  inside: '"$PROBER" send unix "$AGENT" "$NONCE"; "$PROBER" send unix "/proc/self/root$AGENT" "$NONCE"',
  judge: either(reaches("agent"), shows("agent")),
  baseline: PLAIN,
};
