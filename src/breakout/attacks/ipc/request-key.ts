// Has the kernel ask for a key, by a program of its choice.
import { PLAIN } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const ipcRequestKey: Attack = {
  id: "ipc/request-key",
  control: "ipc.keyring",
  severity: "high",
  threats: ["H12"],
  sentence: "Has the kernel ask for a key, by a program of its choice.",
  inside: '"$PROBER" call request-key',
  judge: kernel("request-key"),
  baseline: PLAIN,
};
