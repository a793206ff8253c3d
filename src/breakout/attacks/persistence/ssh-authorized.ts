// Writes a key that may log in from now on.
import { PLAIN } from "../../baselines.js";
import { writes } from "../../judges.js";
import type { Attack } from "../../types.js";

export const persistenceSshAuthorized: Attack = {
  id: "persistence/ssh-authorized",
  control: "files.home-hidden",
  severity: "critical",
  threats: ["H5"],
  sentence: "Writes a key that may log in from now on.",
  inside:
    'mkdir -p "$(dirname "$HOST_HOME/.ssh/authorized_keys")"; echo "# $NONCE" >> "$HOST_HOME/.ssh/authorized_keys"',
  judge: writes("home/.ssh/authorized_keys"),
  baseline: PLAIN,
};
