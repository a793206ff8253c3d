// Writes a program that is found before the system's own.
import { PLAIN } from "../../baselines.js";
import { writes } from "../../judges.js";
import type { Attack } from "../../types.js";

export const persistenceProgramOnPath: Attack = {
  id: "persistence/program-on-path",
  control: "files.home-hidden",
  severity: "high",
  threats: ["H5"],
  sentence: "Writes a program that is found before the system's own.",
  inside: 'mkdir -p "$(dirname "$HOST_HOME/.local/bin/ls")"; echo "# $NONCE" >> "$HOST_HOME/.local/bin/ls"',
  judge: writes("home/.local/bin/ls"),
  baseline: PLAIN,
};
