// Changes its root folder by chroot, from which one can climb with an open folder.
import { NAMESPACES } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const namespacesChroot: Attack = {
  id: "namespaces/chroot",
  control: "process.no-namespaces",
  severity: "medium",
  threats: ["H39"],
  sentence: "Changes its root folder by chroot, from which one can climb with an open folder.",
  inside: '"$PROBER" call chroot',
  judge: kernel("chroot"),
  baseline: NAMESPACES,
};
