// Reads the System V shared memory of another program.
import { PLAIN } from "../../baselines.js";
import { shows } from "../../judges.js";
import type { Attack } from "../../types.js";

export const ipcPrivate: Attack = {
  id: "ipc/private",
  control: "ipc.private",
  severity: "high",
  threats: ["H39"],
  sentence: "Reads the System V shared memory of another program.",
  inside: '"$PROBER" call shared-memory "$VICTIM_SHARED"',
  judge: shows("victim"),
  baseline: PLAIN,
};
