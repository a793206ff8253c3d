// Writes a unit that the user's service manager starts.
import { PLAIN } from "../../baselines.js";
import { writes } from "../../judges.js";
import type { Attack } from "../../types.js";

export const persistenceSystemdUnit: Attack = {
  id: "persistence/systemd-unit",
  control: "files.home-hidden",
  severity: "high",
  threats: ["H5"],
  sentence: "Writes a unit that the user's service manager starts.",
  inside:
    'mkdir -p "$(dirname "$HOST_HOME/.config/systemd/user/breakout.service")"; echo "# $NONCE" >> "$HOST_HOME/.config/systemd/user/breakout.service"',
  judge: writes("home/.config/systemd/user/breakout.service"),
  baseline: PLAIN,
};
