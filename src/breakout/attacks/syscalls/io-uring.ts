// Sets up an io_uring, whose requests no filter sees.
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const syscallsIoUring: Attack = {
  id: "syscalls/io-uring",
  control: "process.seccomp",
  severity: "high",
  threats: ["H15", "H39"],
  sentence: "Sets up an io_uring, whose requests no filter sees.",
  inside: '"$PROBER" call io-uring',
  judge: kernel("io-uring"),
  baseline: PLAIN,
};
