// Restarts the computer (with numbers that can't work).
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const syscallsReboot: Attack = {
  id: "syscalls/reboot",
  control: "process.seccomp",
  severity: "high",
  threats: ["H39"],
  sentence: "Restarts the computer (with numbers that can't work).",
  inside: '"$PROBER" call reboot',
  judge: kernel("reboot", ["EINVAL"]),
  baseline: PLAIN,
};
