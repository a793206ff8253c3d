// Sets the computer's clock.
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const syscallsClock: Attack = {
  id: "syscalls/clock",
  control: "process.seccomp",
  severity: "medium",
  threats: ["H39"],
  sentence: "Sets the computer's clock.",
  inside: '"$PROBER" call settime',
  judge: kernel("settime", ["EINVAL"]),
  baseline: PLAIN,
};
