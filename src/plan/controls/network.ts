// The promises about the network.
import type { Settings } from "../../policy/types.js";
import type { Control } from "../controls.js";

/** An empty list allows nothing, which is the same as none. */
function isShut({ network }: Settings): boolean {
  return network.mode === "none" || (network.mode === "allowlist" && network.allow.length === 0);
}

function inspects(settings: Settings): boolean {
  return !isShut(settings) && settings.network.allow.some(({ inspect }) => inspect);
}

export const NETWORK_CONTROLS: readonly Control[] = [
  {
    id: "network.none",
    title: "No network",
    sentence: "Nothing can be reached: not the internet, not the local network, not services on this computer.",
    threats: ["H26", "H28", "H30"],
    attack: "network/none",
    asked: (settings) => isShut(settings) && settings.network.forward.length === 0,
  },
  {
    id: "network.named-sockets",
    title: "Only the named sockets",
    sentence: "Of the services that listen on a socket file, only those that the policy names can be reached.",
    threats: ["H11", "H12", "H16"],
    attack: "network/named-sockets",
    asked: (settings) => settings.network.sockets.length > 0,
  },
  {
    id: "network.allowlist",
    title: "Only the named hosts",
    sentence:
      "Only the hosts, ports and services that the policy names can be reached, each by Cordon's own connection.",
    threats: ["H21", "H22", "H25", "H28", "H30"],
    attack: "network/allowlist",
    asked: (settings) => settings.network.mode !== "open" && (!isShut(settings) || settings.network.forward.length > 0),
  },
  {
    id: "network.open",
    title: "Nothing private",
    sentence:
      "Every host on the internet can be reached, and each connection is recorded; this computer, the local network and the " +
      "addresses that clouds answer their own machines on can't.",
    threats: ["H25", "H27"],
    attack: "network/open",
    asked: (settings) => settings.network.mode === "open",
  },
  {
    id: "network.names",
    title: "No query leaves",
    sentence:
      "Names are answered by Cordon: no question about a name leaves this computer unless the policy allows the name and " +
      "something connects to it.",
    threats: ["H26"],
    attack: "network/names",
    asked: (settings) => !isShut(settings),
  },
  {
    id: "network.addresses",
    title: "Only public addresses",
    sentence:
      "A name that resolves to this computer, the local network or a cloud's own address isn't reached, unless the policy gives " +
      "it that address by `connect`.",
    threats: ["H25", "H27"],
    attack: "network/addresses",
    asked: (settings) => !isShut(settings),
  },
  {
    id: "network.requests",
    title: "Judged requests",
    sentence:
      "TLS to the hosts marked `inspect` is opened by Cordon: each request is judged by host, method and path before it is sent.",
    threats: ["H22", "H23", "H24", "H32"],
    attack: "network/requests",
    asked: inspects,
  },
  {
    id: "network.filter",
    title: "Secrets stay",
    sentence: "What is sent to the hosts marked `inspect` is searched for keys and for the policy's own patterns.",
    threats: ["H26"],
    attack: "network/filter",
    asked: (settings) =>
      inspects(settings) && (settings.network.filter.secrets !== "off" || settings.network.filter.patterns.length > 0),
  },
  {
    id: "network.limits",
    title: "Limited traffic",
    sentence: "Requests, connections and bytes are counted; what the policy limits ends there.",
    threats: ["H26"],
    attack: "network/limits",
    asked: (settings) =>
      !isShut(settings) &&
      (Object.keys(settings.network.limits).length > 0 ||
        settings.network.allow.some(({ rate, maxUploadBytes }) => rate !== undefined || maxUploadBytes !== undefined)),
  },
];
