// Opens the kernel's performance counters, a source of many holes.
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const syscallsPerf: Attack = {
  id: "syscalls/perf",
  control: "process.seccomp",
  severity: "high",
  threats: ["H39"],
  sentence: "Opens the kernel's performance counters, a source of many holes.",
  inside: '"$PROBER" call perf-event',
  judge: kernel("perf-event"),
  baseline: PLAIN,
};
