// Opens a Bluetooth socket.
import { noBaseline } from "../../baselines.js";
import { kernel } from "../../judges.js";
import type { Attack } from "../../types.js";

export const socketsBluetooth: Attack = {
  id: "sockets/bluetooth",
  control: "process.seccomp",
  severity: "medium",
  threats: ["H15"],
  sentence: "Opens a Bluetooth socket.",
  inside: '"$PROBER" call socket 31 3 1',
  judge: kernel("socket"),
  baseline: noBaseline("the kernel might load a module for it, which would stay"),
};
