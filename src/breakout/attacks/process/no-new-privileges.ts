// Looks whether a program with the set-user-id bit would give it more rights.
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const processNoNewPrivileges: Attack = {
  id: "process/no-new-privileges",
  control: "process.no-new-privileges",
  severity: "high",
  threats: ["H39"],
  sentence: "Looks whether a program with the set-user-id bit would give it more rights.",
  inside: '"$PROBER" call no-new-privileges',
  judge: kernel("no-new-privileges"),
  baseline: PLAIN,
};
