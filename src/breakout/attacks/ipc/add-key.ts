// Leaves a key in the kernel.
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const ipcAddKey: Attack = {
  id: "ipc/add-key",
  control: "ipc.keyring",
  severity: "medium",
  threats: ["H12"],
  sentence: "Leaves a key in the kernel.",
  inside: '"$PROBER" call add-key',
  judge: kernel("add-key"),
  baseline: PLAIN,
};
