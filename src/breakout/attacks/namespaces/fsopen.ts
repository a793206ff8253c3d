// Opens a file system by the new calls for mounting.
import { NAMESPACES } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const namespacesFsopen: Attack = {
  id: "namespaces/fsopen",
  control: "process.no-namespaces",
  severity: "high",
  threats: ["H39"],
  sentence: "Opens a file system by the new calls for mounting.",
  inside: '"$PROBER" call fsopen',
  judge: kernel("fsopen"),
  baseline: NAMESPACES,
};
