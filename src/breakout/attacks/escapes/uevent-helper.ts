// Opens the files by which the kernel starts programs for devices, for writing (nothing is written).
import { PLAIN } from "../../baselines.js";
import { observes } from "../../judges.js";
import type { Attack } from "../../types.js";

export const escapesUeventHelper: Attack = {
  id: "escapes/uevent-helper",
  control: "proc.masked",
  severity: "high",
  threats: ["H39"],
  sentence: "Opens the files by which the kernel starts programs for devices, for writing (nothing is written).",
  inside:
    'for each in /sys/kernel/uevent_helper /sys/class/net/lo/uevent; do [ -e "$each" ] && (: >> "$each") && echo "opened $each"; done',
  judge: observes(/^opened .*$/m, "it could be written"),
  baseline: PLAIN,
};
