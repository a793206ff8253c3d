// Loads into the kernel's own virtual machine (bpf).
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const syscallsBpf: Attack = {
  id: "syscalls/bpf",
  control: "process.seccomp",
  severity: "critical",
  threats: ["H39"],
  sentence: "Loads into the kernel's own virtual machine (bpf).",
  inside: '"$PROBER" call bpf-map',
  judge: kernel("bpf-map"),
  baseline: PLAIN,
};
