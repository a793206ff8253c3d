// Asks the kernel for the user's keyring.
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const ipcKeyringNumber: Attack = {
  id: "ipc/keyring-number",
  control: "ipc.keyring",
  severity: "high",
  threats: ["H12"],
  sentence: "Asks the kernel for the user's keyring.",
  inside: '"$PROBER" call keyctl',
  judge: kernel("keyctl"),
  baseline: PLAIN,
};
