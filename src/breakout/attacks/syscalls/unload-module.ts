// Removes a kernel module.
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const syscallsUnloadModule: Attack = {
  id: "syscalls/unload-module",
  control: "process.seccomp",
  severity: "high",
  threats: ["H39"],
  sentence: "Removes a kernel module.",
  inside: '"$PROBER" call delete-module',
  judge: kernel("delete-module", ["ENOENT"]),
  baseline: PLAIN,
};
