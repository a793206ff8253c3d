// Writes a line into the file that the user's next shell runs.
import { PLAIN } from "../../baselines.js";
import { writes } from "../../judges.js";
import type { Attack } from "../../types.js";

export const persistenceShellStart: Attack = {
  id: "persistence/shell-start",
  control: "files.home-hidden",
  severity: "critical",
  threats: ["H5"],
  sentence: "Writes a line into the file that the user's next shell runs.",
  inside: 'mkdir -p "$(dirname "$HOST_HOME/.bashrc")"; echo "# $NONCE" >> "$HOST_HOME/.bashrc"',
  judge: writes("home/.bashrc"),
  baseline: PLAIN,
};
