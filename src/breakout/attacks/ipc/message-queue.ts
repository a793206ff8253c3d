// Reads the message queue of another program, without taking the message.
import { PLAIN } from "../../baselines.js";
import { shows } from "../../judges.js";
import type { Attack } from "../../types.js";

export const ipcMessageQueue: Attack = {
  id: "ipc/message-queue",
  control: "ipc.private",
  severity: "high",
  threats: ["H39"],
  sentence: "Reads the message queue of another program, without taking the message.",
  inside: '"$PROBER" call message "$VICTIM_MESSAGE"',
  judge: shows("victim"),
  baseline: PLAIN,
};
