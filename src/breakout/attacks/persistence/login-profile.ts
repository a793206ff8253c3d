// Writes a line into the file that the next login runs.
import { PLAIN } from "../../baselines.js";
import { writes } from "../../judges.js";
import type { Attack } from "../../types.js";

export const persistenceLoginProfile: Attack = {
  id: "persistence/login-profile",
  control: "files.home-hidden",
  severity: "high",
  threats: ["H5"],
  sentence: "Writes a line into the file that the next login runs.",
  inside: 'mkdir -p "$(dirname "$HOST_HOME/.profile")"; echo "# $NONCE" >> "$HOST_HOME/.profile"',
  judge: writes("home/.profile"),
  baseline: PLAIN,
};
