// Speaks to the session bus, by which programs are started outside.
import { PLAIN } from "../../baselines.js";
import { either, reaches, shows } from "../../judges.js";
import type { Attack } from "../../types.js";

export const desktopSessionBus: Attack = {
  id: "desktop/session-bus",
  control: "ipc.socket-files",
  severity: "critical",
  threats: ["H12", "H17"],
  sentence: "Speaks to the session bus, by which programs are started outside.",
  inside: '"$PROBER" send unix "$BUS" "$NONCE"; "$PROBER" send unix "/proc/self/root$BUS" "$NONCE"',
  judge: either(reaches("bus"), shows("bus")),
  baseline: PLAIN,
};
