// Reads files of /proc and /sys that tell of the whole computer.
import { PLAIN } from "../../baselines.js";
import { observes } from "../../judges.js";
import type { Attack } from "../../types.js";

export const procMasked: Attack = {
  id: "proc/masked",
  control: "proc.masked",
  severity: "high",
  threats: ["H10", "H39"],
  sentence: "Reads files of /proc and /sys that tell of the whole computer.",
  inside:
    'for each in /proc/kcore /proc/keys /proc/timer_list /proc/sched_debug /proc/kmsg /proc/kallsyms /sys/kernel/debug /sys/firmware/acpi /sys/kernel/security; do head -c 16 "$each" > /dev/null 2>&1 && [ -s "$each" -o -n "$(head -c 16 "$each" 2> /dev/null | tr -d "\\000")" ] && echo "read $each"; ls "$each"/* > /dev/null 2>&1 && echo "read $each"; done',
  judge: observes(/^read .*$/m, "a file of the kernel could be read"),
  baseline: PLAIN,
};
