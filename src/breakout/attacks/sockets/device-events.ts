// Listens to the kernel's device events.
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const socketsDeviceEvents: Attack = {
  id: "sockets/device-events",
  control: "process.seccomp",
  severity: "medium",
  threats: ["H15", "H39"],
  sentence: "Listens to the kernel's device events.",
  inside: '"$PROBER" call socket 16 3 15',
  judge: kernel("socket"),
  baseline: PLAIN,
};
