// Whether a host can be reached.
import { type HostPort, hostMatches } from "../../policy/hosts.js";
import type { Finding, WhyRequest } from "../why.js";

export function whyHost({ plan, policy }: WhyRequest, { host, port }: HostPort): Finding {
  const { network } = policy.settings;
  const control = plan.network.mode === "none" ? "network.none" : "network.allowlist";
  const name = port === undefined ? host : `${host}:${port}`;
  const no = (because: string, origin?: string): Finding => ({
    allowed: false,
    access: "none",
    because,
    control,
    ...(origin === undefined ? {} : { origin }),
  });
  if (network.mode === "none") return no(`${name} can't be reached: there is no network`, "network.mode");
  const listener = plan.network.listeners.find(
    (each) => each.host === host && (port === undefined || each.port === port),
  );
  if (listener !== undefined) {
    const because = `${host}:${listener.port} is answered by the socket ${listener.upstream.unix}`;
    return { allowed: true, access: "connect", because, origin: listener.origin, control };
  }
  const denied = network.deny.findIndex(
    (rule) =>
      hostMatches(rule.host, host) && (rule.ports.length === 0 || port === undefined || rule.ports.includes(port)),
  );
  if (denied !== -1) return no(`${name} is denied, which beats every allow rule`, `network.deny.${denied}`);
  const other = plan.network.listeners.find((each) => each.host === host);
  if (other !== undefined) return no(`${host} is allowed, but not on port ${port}`, other.origin);
  return no(`no rule allows ${name}`);
}
