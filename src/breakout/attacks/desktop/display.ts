// Connects to the user's display, where every key is seen.
import { PLAIN } from "../../baselines.js";
import { either, reaches, shows } from "../../judges.js";
import type { Attack } from "../../types.js";

export const desktopDisplay: Attack = {
  id: "desktop/display",
  control: "ipc.socket-files",
  severity: "critical",
  threats: ["H12"],
  sentence: "Connects to the user's display, where every key is seen.",
  inside: '"$PROBER" send unix "$X11" "$NONCE"; "$PROBER" send unix "/proc/self/root$X11" "$NONCE"',
  judge: either(reaches("x11"), shows("x11")),
  baseline: PLAIN,
};
