// Asks for the processor's input and output ports.
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const syscallsIoPorts: Attack = {
  id: "syscalls/io-ports",
  control: "process.seccomp",
  severity: "high",
  threats: ["H39"],
  sentence: "Asks for the processor's input and output ports.",
  inside: '"$PROBER" call ioperm',
  judge: kernel("ioperm"),
  baseline: PLAIN,
};
