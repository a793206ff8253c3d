// Whether a host can be reached. The decision itself is the egress path's, asked for each port in question.
import type { HostPort } from "../../policy/hosts.js";
import type { Plan } from "../types.js";
import type { Finding, WhyRequest } from "../why.js";

const WEB_PORTS = [443, 80] as const;

export function whyHost({ plan, judge }: WhyRequest, { host, port }: HostPort): Finding {
  const control = controlOf(plan);
  const forward = plan.network.listeners.find(
    ({ role, to }) => role === "forward" && isLocal(host) && to?.port === port,
  );
  if (forward !== undefined) {
    const because = `${host}:${forward.port} inside is the host's own service at that port`;
    return { allowed: true, access: "connect", because, origin: forward.origin, control };
  }
  const name = port === undefined ? host : `${host}:${port}`;
  if (plan.network.mode === "none")
    return {
      allowed: false,
      access: "none",
      because: `${name} can't be reached: there is no network`,
      origin: "network.mode",
      control,
    };
  const asked = port === undefined ? portsOf(plan, host) : [port];
  const answers = asked.map((each) => ({ port: each, verdict: judge({ host, port: each }) }));
  const yes = answers.flatMap(({ port: each, verdict }) => (verdict.allowed ? [{ each, verdict }] : []));
  const [first] = yes;
  if (first !== undefined) {
    const list = yes.map(({ each }) => each).join(", ");
    const { origin, inspect, connect } = first.verdict;
    const how = inspect ? ", each request judged" : "";
    const because = `${host} can be reached on port ${list}${upstreamText(connect)}${how}`;
    return { allowed: true, access: "connect", because, origin, control };
  }
  const no = answers[0]?.verdict;
  const because = no === undefined || no.allowed ? `no rule allows ${name}` : no.reason;
  const origin = no === undefined || no.allowed ? undefined : no.origin;
  return { allowed: false, access: "none", because, control, ...(origin === undefined ? {} : { origin }) };
}

/** Where nobody names a port: the web's, and those of every rule that might cover the host. */
function portsOf({ network }: Plan, host: string): readonly number[] {
  const named = network.rules
    .filter((rule) => rule.host === host || rule.host.startsWith("*."))
    .flatMap(({ ports }) => ports);
  return [...new Set([...WEB_PORTS, ...named])];
}

function upstreamText(connect: unknown): string {
  if (typeof connect !== "object" || connect === null) return "";
  if ("unix" in connect) return `, answered by the socket ${String(connect.unix)}`;
  return "host" in connect && "port" in connect ? `, answered by ${String(connect.host)}:${String(connect.port)}` : "";
}

function isLocal(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}

function controlOf({ network }: Plan): string {
  if (network.mode === "open") return "network.open";
  return network.listeners.length === 0 ? "network.none" : "network.allowlist";
}
