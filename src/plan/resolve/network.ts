// The network as far as this version goes: none, or names that lead to a unix socket of the host, each by a loopback address of its
// own inside. An empty list reaches nothing.
import { hostCovers } from "../../policy/hosts.js";
import type { AllowRule, DenyRule, SettingPath } from "../../policy/types.js";
import type { Listener, Plan } from "../types.js";
import type { Grant, Planning } from "./planning.js";

export interface Network {
  readonly plan: Plan["network"];
  /** The named sockets, to be bound. */
  readonly grants: readonly Grant[];
}

/** Sockets whose service does anything for whoever reaches it. */
const PRIVILEGED: readonly (readonly [RegExp, string])[] = [
  [
    /(^|\/)(docker|containerd|podman|crio|buildkitd)[^/]*(\.sock)?$|\/podman\//,
    "it starts containers with any folder of the host: whoever reaches it owns the host",
  ],
  [/(^|\/)(system_bus_socket|bus)$|\/dbus/, "programs can be started over it outside of the sandbox"],
  [/systemd\/private$|\/systemd\//, "programs can be started over it outside of the sandbox"],
  [/\.X11-unix\/|wayland-\d+$/, "it shows and steers the user's display"],
  [/ssh.*agent|agent\.\d+$|S\.gpg-agent/, "it signs with the user's keys"],
];

export function resolveNetwork(planning: Planning): Network {
  const { settings } = planning;
  const grants = settings.network.sockets.flatMap(
    (path, index) => namedSocket(planning, path, `network.sockets.${index}`) ?? [],
  );
  const sockets = grants.map((grant) => grant.source);
  const rules = settings.network.mode === "allowlist" ? settings.network.allow : [];
  const names = [...new Set(rules.map((rule) => rule.host))];
  const listeners = withoutDoubles(
    rules.flatMap((rule, index) =>
      listenersOf(planning, rule, { index, address: loopbackAddress(names.indexOf(rule.host) + 1) }),
    ),
  );
  const hosts = [...new Map(listeners.map(({ address, host }) => [address, { address, name: host }])).values()];
  const mode = listeners.length === 0 ? "none" : "allowlist";
  return { plan: { mode, listeners, hosts, sockets }, grants };
}

function namedSocket(planning: Planning, path: string, setting: SettingPath): Grant | undefined {
  const source = socketAt(planning, path, setting);
  if (source === undefined) return undefined;
  const consequence = PRIVILEGED.find(([pattern]) => pattern.test(source) || pattern.test(path))?.[1];
  if (consequence !== undefined) planning.findings.note(`${path} is granted by ${setting}: ${consequence}`);
  return { source, named: path, target: source, access: "read", type: "socket", origin: setting };
}

/** The real path of a socket, or undefined after a problem was reported. */
function socketAt({ view, findings }: Planning, path: string, setting: SettingPath): string | undefined {
  const real = view.real(path);
  if (real !== undefined && view.kind(real) === "socket") return real;
  findings.problem(setting, {
    code: "path-missing",
    message: real === undefined ? `the socket ${path} doesn't exist` : `${path} isn't a socket`,
    hint: "start the service that makes it before the run",
  });
  return undefined;
}

interface Position {
  readonly index: number;
  readonly address: string;
}

/** Two rules for the same name and port: the first one answers. */
function withoutDoubles(listeners: readonly Listener[]): readonly Listener[] {
  const seen = new Map<string, Listener>();
  for (const listener of listeners) {
    const key = `${listener.address}:${listener.port}`;
    if (!seen.has(key)) seen.set(key, listener);
  }
  return [...seen.values()];
}

function listenersOf(planning: Planning, rule: AllowRule, { index, address }: Position): readonly Listener[] {
  // Anything else was refused in refuse.ts.
  if (rule.connect === undefined || !("unix" in rule.connect)) return [];
  const origin = `network.allow.${index}`;
  if (rule.host.startsWith("*")) {
    const message = `${rule.host} can't have a connect: the socket would answer for names that aren't known yet`;
    planning.findings.problem(`${origin}.host`, { code: "bad-value", message, hint: "name each host" });
    return [];
  }
  const unix = socketAt(planning, rule.connect.unix, `${origin}.connect`);
  if (unix === undefined) return [];
  return rule.ports
    .filter((port) => !planning.settings.network.deny.some((deny) => isDenied(deny, rule.host, port)))
    .map((port) => ({ id: `allow-${index}-${port}`, address, port, upstream: { unix }, host: rule.host, origin }));
}

/** Deny beats allow whatever the order; a rule without ports denies all of them. */
export function isDenied(deny: DenyRule, host: string, port: number): boolean {
  return hostCovers(deny.host, host) && (deny.ports.length === 0 || deny.ports.includes(port));
}

/** 127.64.0.1 and on: all of 127/8 is local in a fresh network namespace, nothing of the host listens there. */
function loopbackAddress(number: number): string {
  return `127.64.${Math.floor(number / 256)}.${number % 256}`;
}
