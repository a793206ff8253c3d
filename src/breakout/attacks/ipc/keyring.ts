// Searches the user's kernel keyring for a key and reads it.
import { PLAIN } from "../../baselines.js";
import { shows } from "../../judges.js";
import type { Attack } from "../../types.js";

export const ipcKeyring: Attack = {
  id: "ipc/keyring",
  control: "ipc.keyring",
  severity: "critical",
  threats: ["H12"],
  sentence: "Searches the user's kernel keyring for a key and reads it.",
  inside: '"$PROBER" call read-key "$VICTIM_KEY"',
  judge: shows("victim"),
  baseline: PLAIN,
};
