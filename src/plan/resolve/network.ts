// What the sandbox may reach, as rules ready to be decided by, and the listeners through which it gets there. An empty allow list
// reaches nothing: not even the name service is there.
import type { HostView } from "../../host/types.js";
import { GITHUB_HOSTS } from "../../policy/github.js";
import type { AllowRule, SettingPath } from "../../policy/types.js";
import { formatPlace } from "../../policy/types.js";
import type { Listener, NetworkDeny, NetworkRule, PlannedNetwork } from "../types.js";
import { PROXY, ports } from "./listeners.js";
import { type Grant, type Planning, writtenPlace } from "./planning.js";
import { namedSockets, socketAt } from "./sockets.js";
import { systemCa } from "./trust.js";

export interface Network {
  readonly plan: PlannedNetwork;
  /** The named sockets, to be bound. */
  readonly grants: readonly Grant[];
}

export function resolveNetwork(planning: Planning): Network {
  const { network } = planning.settings;
  const grants = namedSockets(planning);
  const rules = network.mode === "none" ? [] : network.allow.flatMap((rule, index) => rulesOf(planning, rule, index));
  const mode = network.mode === "allowlist" && rules.length === 0 ? "none" : network.mode;
  checkFiles(planning);
  const capture = mode === "none" ? "none" : planning.view.facts.netfilter.nfTables ? "transparent" : "ports";
  const six = hasIpv6(planning.view);
  const sources = grants.map(({ source, target, origin }) => ({ source, target, origin }));
  return {
    grants,
    plan: {
      mode,
      rules,
      deny: network.deny.map((deny, index): NetworkDeny => {
        const origin = `network.deny.${index}`;
        return { origin, place: placeText(planning, origin), ...deny };
      }),
      limits: network.limits,
      patterns: network.filter.patterns,
      ...optionalCa(systemCa(planning.view)),
      upstreamCa: upstreamCa(planning),
      blocklists: network.dns.blocklists,
      capture,
      inspects: mode !== "none" && rules.some(({ inspect }) => inspect),
      listeners: [...ports(capture, rules), ...forwards(planning)].filter(
        ({ address }) => six || !address.includes(":"),
      ),
      publish: network.publish.map((each, index) => ({ ...each, origin: `network.publish.${index}` })),
      sockets: sources,
    },
  };
}

function placeText({ policy }: Planning, origin: SettingPath): string {
  const place = writtenPlace(policy, origin);
  return place === undefined ? `the default of ${origin}` : formatPlace(place);
}

/** A namespace of its own begins with what is the default for new devices. */
function hasIpv6(view: HostView): boolean {
  const off = view.text("/proc/sys/net/ipv6/conf/default/disable_ipv6")?.trim() === "1";
  return view.kind("/proc/net/if_inet6") !== undefined && !off;
}

/** One rule, or for a repository one for each host that it needs. */
function rulesOf(planning: Planning, rule: AllowRule, index: number): readonly NetworkRule[] {
  const origin = `network.allow.${index}`;
  if (rule.connect !== undefined && "unix" in rule.connect) {
    const unix = socketAt(planning, rule.connect.unix, `${origin}.connect`);
    if (unix === undefined) return [];
    return [ruleOf(planning, { ...rule, connect: { unix } }, origin)];
  }
  const hosts = rule.github === undefined ? [rule.host] : GITHUB_HOSTS;
  return hosts.map((host) => ruleOf(planning, { ...rule, host }, origin));
}

function ruleOf(planning: Planning, rule: AllowRule, origin: SettingPath): NetworkRule {
  const { filter = planning.settings.network.filter.secrets, ...rest } = rule;
  return { origin, place: placeText(planning, origin), ...rest, filter };
}

/** A user whose company opens TLS says so by these variables; Cordon's own connections need those authorities too. */
const CA_VARIABLES = ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"] as const;

function upstreamCa({ settings, view }: Planning): readonly string[] {
  const system = view.real(systemCa(view) ?? "/");
  const own = CA_VARIABLES.flatMap((name) => view.env(name) ?? []).filter((path) => path.startsWith("/"));
  const real = [...settings.network.upstreamCa, ...own].flatMap((path) => view.real(path) ?? []);
  return [...new Set(real)].filter((path) => path !== system && view.kind(path) === "file");
}

function optionalCa(path: string | undefined): Pick<PlannedNetwork, "systemCa"> {
  return path === undefined ? {} : { systemCa: path };
}

/** Files that the supervisor is to read: named ones that are missing would make the network weaker or useless. */
function checkFiles({ settings, view, findings }: Planning): void {
  const { network } = settings;
  const lists = [
    ["network.upstreamCa", network.upstreamCa],
    ["network.dns.blocklists", network.dns.blocklists],
  ] as const;
  for (const [setting, files] of lists) {
    files.forEach((path, index) => {
      const real = view.real(path);
      if (real !== undefined && view.kind(real) === "file") return;
      const message = real === undefined ? `the file ${path} doesn't exist` : `${path} isn't a file`;
      findings.problem(`${setting}.${index}`, { code: "path-missing", message, hint: "name a file, or leave it out" });
    });
  }
}

function forwards({ settings, findings }: Planning): readonly Listener[] {
  return settings.network.forward.flatMap(({ host, port }, index) => {
    const origin = `network.forward.${index}`;
    const taken = Object.entries(PROXY).find(([, each]) => each === port);
    if (taken !== undefined && settings.network.mode !== "none") {
      const message = `port ${port} is taken inside by Cordon's own ${taken[0]} proxy`;
      findings.problem(origin, { code: "bad-value", message, hint: "let the service listen on another port" });
    }
    const listener = {
      protocol: "tcp",
      port,
      transparent: false,
      role: "forward",
      to: { host, port },
      origin,
    } as const;
    return [
      { ...listener, id: `forward-${index}`, address: "127.0.0.1" },
      { ...listener, id: `forward6-${index}`, address: "::1" },
    ];
  });
}
