// Makes a socket by a request of an io_uring, past a filter on socket(2).
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const syscallsIoUringSocket: Attack = {
  id: "syscalls/io-uring-socket",
  control: "process.seccomp",
  severity: "critical",
  threats: ["H15", "H39"],
  sentence: "Makes a socket by a request of an io_uring, past a filter on socket(2).",
  inside: '"$PROBER" call io-uring-socket',
  judge: kernel("io-uring-socket"),
  baseline: PLAIN,
};
