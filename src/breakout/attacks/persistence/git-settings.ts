// Writes git settings for every repository of the user.
import { PLAIN } from "../../baselines.js";
import { writes } from "../../judges.js";
import type { Attack } from "../../types.js";

export const persistenceGitSettings: Attack = {
  id: "persistence/git-settings",
  control: "files.home-hidden",
  severity: "high",
  threats: ["H5"],
  sentence: "Writes git settings for every repository of the user.",
  inside: 'mkdir -p "$(dirname "$HOST_HOME/.gitconfig")"; echo "# $NONCE" >> "$HOST_HOME/.gitconfig"',
  judge: writes("home/.gitconfig"),
  baseline: PLAIN,
};
