// Connects to a service outside that listens on a socket without a file.
import { PLAIN } from "../../baselines.js";
import { either, reaches, shows } from "../../judges.js";
import type { Attack } from "../../types.js";

export const ipcAbstractSockets: Attack = {
  id: "ipc/abstract-sockets",
  control: "ipc.abstract-sockets",
  severity: "critical",
  threats: ["H12", "H17"],
  sentence: "Connects to a service outside that listens on a socket without a file.",
  inside: '"$PROBER" send abstract "$ABSTRACT" "$NONCE"',
  judge: either(reaches("abstract"), shows("abstract")),
  baseline: PLAIN,
};
