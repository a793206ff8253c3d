// Changes its root folder.
import { NAMESPACES } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const namespacesPivotRoot: Attack = {
  id: "namespaces/pivot-root",
  control: "process.no-namespaces",
  severity: "critical",
  threats: ["H39"],
  sentence: "Changes its root folder.",
  inside: '"$PROBER" call pivot-root',
  judge: kernel("pivot-root"),
  baseline: NAMESPACES,
};
