// Mounts a control group hierarchy of its own, the first step of the escape by release_agent.
import { NAMESPACES } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const escapesCgroupMount: Attack = {
  id: "escapes/cgroup-mount",
  control: "process.no-namespaces",
  severity: "critical",
  threats: ["H39"],
  sentence: "Mounts a control group hierarchy of its own, the first step of the escape by release_agent.",
  inside: '"$PROBER" call mount-cgroup',
  judge: kernel("mount-cgroup"),
  baseline: NAMESPACES,
};
