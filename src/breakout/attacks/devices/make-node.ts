// Makes a device file for the first disk and opens it.
import { noBaseline } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const devicesMakeNode: Attack = {
  id: "devices/make-node",
  control: "devices.minimal",
  severity: "critical",
  threats: ["H39"],
  sentence: "Makes a device file for the first disk and opens it.",
  inside: '"$PROBER" call mknod-disk "$WORKSPACE/disk"',
  judge: kernel("mknod-disk"),
  baseline: noBaseline("the administrator could open the real disk"),
};
