// Opens the file that names the program to be run when a control group is empty, for writing (nothing is written).
import { PLAIN } from "../../baselines.js";
import { observes } from "../../judges.js";
import type { Attack } from "../../types.js";

export const escapesReleaseAgent: Attack = {
  id: "escapes/release-agent",
  control: "proc.masked",
  severity: "critical",
  threats: ["H39"],
  sentence:
    "Opens the file that names the program to be run when a control group is empty, for writing (nothing is written).",
  inside:
    'for each in /sys/fs/cgroup/release_agent /sys/fs/cgroup/*/release_agent /sys/fs/cgroup/cgroup.procs; do [ -e "$each" ] && (: >> "$each") && echo "opened $each"; done',
  judge: observes(/^opened .*$/m, "it could be written"),
  baseline: PLAIN,
};
