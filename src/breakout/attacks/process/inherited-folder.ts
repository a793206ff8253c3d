// Climbs through a folder of the host that the caller had open, as in CVE-2024-21626.
import { PLAIN } from "../../baselines.js";
import { shows } from "../../judges.js";
import type { Attack } from "../../types.js";

export const processInheritedFolder: Attack = {
  id: "process/inherited-folder",
  control: "process.no-inherited-descriptors",
  severity: "critical",
  threats: ["H39"],
  sentence: "Climbs through a folder of the host that the caller had open, as in CVE-2024-21626.",
  inside:
    'for each in /proc/[0-9]*/fd/58 /proc/self/fd/58; do cat "$each/.ssh/id_ed25519" "$each/../neighbour/secret"; done',
  judge: shows("ssh", "neighbour"),
  baseline: PLAIN,
  leaks: true,
};
