// The sockets inside through which everything goes that leaves: where connections are caught, the two proxies, the name service.
import type { Listener, NetworkRule, PlannedNetwork } from "../types.js";

/** Loopback ports inside that programs are told of; the usual ones of an HTTP and a SOCKS proxy. */
export const PROXY = { http: 3128, socks: 1080 } as const;

/** Where the capture rules lead every other connection to. */
export const CAPTURE_PORT = 15_001;

const DNS_PORT = 53;
/** Where questions to other name servers are led to: not 53 itself, so that its own stay out of the kernel's table of connections. */
export const DNS_CAPTURE_PORT = 15_053;
/** For `ports`, without netfilter: these beside every port that a rule names. */
const WEB_PORTS = [80, 443] as const;
/** Each is two sockets; a policy that names more should name a host that has them. */
const MAX_PORTS = 200;

const ORIGIN = "network.mode";

export function ports(capture: PlannedNetwork["capture"], rules: readonly NetworkRule[]): readonly Listener[] {
  if (capture === "none") return [];
  const named = [...new Set([...WEB_PORTS, ...rules.flatMap((rule) => rule.ports)])].slice(0, MAX_PORTS);
  const caught = capture === "transparent" ? [CAPTURE_PORT] : named;
  return [
    ...caught.flatMap((port) => [
      tcp("capture", `capture-${port}`, { address: "0.0.0.0", port, transparent: capture === "transparent" }),
      tcp("capture", `capture6-${port}`, { address: "::", port, transparent: capture === "transparent" }),
    ]),
    tcp("http", "http", { address: "127.0.0.1", port: PROXY.http }),
    tcp("http", "http6", { address: "::1", port: PROXY.http }),
    tcp("socks", "socks", { address: "127.0.0.1", port: PROXY.socks }),
    tcp("socks", "socks6", { address: "::1", port: PROXY.socks }),
    ...(["127.0.0.1", "::1"] as const).flatMap((address) => {
      const six = address === "::1" ? "6" : "";
      const at = { role: "dns", address, port: DNS_PORT, transparent: false, origin: ORIGIN } as const;
      const udp = { ...at, protocol: "udp" } as const;
      return [
        { ...udp, id: `dns${six}` },
        ...(capture === "transparent" ? [{ ...udp, id: `dns-caught${six}`, port: DNS_CAPTURE_PORT }] : []),
        { ...at, id: `dns-tcp${six}`, protocol: "tcp" } as const,
      ];
    }),
  ];
}

interface Place {
  readonly address: string;
  readonly port: number;
  readonly transparent?: boolean;
}

function tcp(role: Listener["role"], id: string, { address, port, transparent = false }: Place): Listener {
  return { id, protocol: "tcp", address, port, transparent, role, origin: ORIGIN };
}
