// Opens generic netlink, by which drivers are asked.
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const socketsGenericNetlink: Attack = {
  id: "sockets/generic-netlink",
  control: "process.seccomp",
  severity: "medium",
  threats: ["H15", "H39"],
  sentence: "Opens generic netlink, by which drivers are asked.",
  inside: '"$PROBER" call socket 16 3 16',
  judge: kernel("socket"),
  baseline: PLAIN,
};
