// Opens a file by its handle, past every mount (the escape of shocker).
import { NAMESPACES } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const syscallsOpenByHandle: Attack = {
  id: "syscalls/open-by-handle",
  control: "process.seccomp",
  severity: "critical",
  threats: ["H39"],
  sentence: "Opens a file by its handle, past every mount (the escape of shocker).",
  inside: '"$PROBER" call open-by-handle',
  judge: kernel("open-by-handle"),
  baseline: NAMESPACES,
};
