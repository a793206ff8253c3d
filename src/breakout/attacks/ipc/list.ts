// Lists the shared memory and message queues of the computer.
import { PLAIN } from "../../baselines.js";
import { observes } from "../../judges.js";
import type { Attack } from "../../types.js";

export const ipcList: Attack = {
  id: "ipc/list",
  control: "ipc.private",
  severity: "low",
  threats: ["H39"],
  sentence: "Lists the shared memory and message queues of the computer.",
  inside: "cat /proc/sysvipc/shm /proc/sysvipc/msg",
  judge: observes(/^\s*\d+\s+\d+\s+600\b.*$/m, "it sees objects of other programs"),
  baseline: PLAIN,
};
