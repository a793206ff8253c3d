// Asks for all input and output ports.
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const syscallsIoLevel: Attack = {
  id: "syscalls/io-level",
  control: "process.seccomp",
  severity: "high",
  threats: ["H39"],
  sentence: "Asks for all input and output ports.",
  inside: '"$PROBER" call iopl',
  judge: kernel("iopl"),
  baseline: PLAIN,
};
