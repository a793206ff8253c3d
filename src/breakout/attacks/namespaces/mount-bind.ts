// Binds the root folder to another place.
import { NAMESPACES } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const namespacesMountBind: Attack = {
  id: "namespaces/mount-bind",
  control: "process.no-namespaces",
  severity: "critical",
  threats: ["H39"],
  sentence: "Binds the root folder to another place.",
  inside: '"$PROBER" call mount-bind',
  judge: kernel("mount-bind"),
  baseline: NAMESPACES,
};
