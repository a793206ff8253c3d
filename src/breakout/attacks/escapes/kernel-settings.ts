// Opens settings of the kernel, for writing (nothing is written).
import { PLAIN } from "../../baselines.js";
import { observes } from "../../judges.js";
import type { Attack } from "../../types.js";

export const escapesKernelSettings: Attack = {
  id: "escapes/kernel-settings",
  control: "proc.masked",
  severity: "high",
  threats: ["H39"],
  sentence: "Opens settings of the kernel, for writing (nothing is written).",
  inside:
    'for each in /proc/sys/vm/panic_on_oom /proc/sys/kernel/randomize_va_space /proc/sys/kernel/kptr_restrict; do [ -e "$each" ] && (: >> "$each") && echo "opened $each"; done',
  judge: observes(/^opened .*$/m, "it could be written"),
  baseline: PLAIN,
};
