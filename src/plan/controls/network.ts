// The promises about the network.
import type { Settings } from "../../policy/types.js";
import type { Control } from "../controls.js";

/** An empty list allows nothing, which is the same as none. */
function reachesNothing({ network }: Settings): boolean {
  return network.mode === "none" || (network.mode === "allowlist" && network.allow.length === 0);
}

export const NETWORK_CONTROLS: readonly Control[] = [
  {
    id: "network.none",
    title: "No network",
    sentence:
      "Nothing can be reached: not the internet, not the local network, not services on this computer " +
      "(but a socket file that lies in a granted folder: hide it with filesystem.deny).",
    threats: ["H26", "H28", "H30"],
    attack: "network/none",
    asked: reachesNothing,
  },
  {
    id: "network.named-sockets",
    title: "Only the named sockets",
    sentence:
      "Of the services that listen on a socket file, only those that the policy names can be reached, " +
      "and those whose file lies in a granted folder.",
    threats: ["H11", "H12", "H16"],
    attack: "network/named-sockets",
    asked: (settings) => settings.network.sockets.length > 0,
  },
  {
    id: "network.allowlist",
    title: "Only the named hosts",
    sentence: "Only the hosts and ports that the policy names can be reached, each by Cordon's own connection.",
    threats: ["H21", "H22", "H25", "H28", "H30"],
    attack: "network/allowlist",
    asked: (settings) => settings.network.mode === "allowlist" && !reachesNothing(settings),
  },
];
