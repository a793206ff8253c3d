// Writes an entry that the desktop starts at the next login.
import { PLAIN } from "../../baselines.js";
import { writes } from "../../judges.js";
import type { Attack } from "../../types.js";

export const persistenceAutostart: Attack = {
  id: "persistence/autostart",
  control: "files.home-hidden",
  severity: "high",
  threats: ["H5"],
  sentence: "Writes an entry that the desktop starts at the next login.",
  inside:
    'mkdir -p "$(dirname "$HOST_HOME/.config/autostart/breakout.desktop")"; echo "# $NONCE" >> "$HOST_HOME/.config/autostart/breakout.desktop"',
  judge: writes("home/.config/autostart/breakout.desktop"),
  baseline: PLAIN,
};
