// The user's ssh-agent, as far as the policy lends it: which keys, for which hosts. The socket inside is one of the supervisor's own.
// SECURITY(T11): the agent's own socket is never shown for that.
import { hostMatches } from "../../policy/hosts.js";
import type { SecretSetting } from "../../policy/types.js";
import { parentOf } from "../paths.js";
import type { PlannedSshKeys } from "../secret.js";
import type { Mount, Plan, PlannedSocket } from "../types.js";
import { hostKeys } from "./known-hosts.js";
import type { Grant, Planning } from "./planning.js";
import { socketAt } from "./sockets.js";

export const KNOWN_HOSTS = "/etc/ssh/ssh_known_hosts";
const SSH_PORT = 22;
/** SECURITY(T11): a command line or an export of the plan, which run without the supervisor, must not lead to the agent itself. */
const NOBODY = "/nonexistent/ssh-agent";

export interface LentAgent {
  readonly socket: PlannedSocket & Required<Pick<PlannedSocket, "ssh" | "agent">>;
  readonly grant: Grant;
}

/** Undefined: the policy lends none, or there is no network to use it with. */
export function resolveAgent(
  planning: Planning,
  { network, identity }: { readonly network: Plan["network"]; readonly identity: Plan["identity"] },
): LentAgent | undefined {
  const { settings, view, findings } = planning;
  const lent = Object.entries(settings.secrets).filter(([, { ssh }]) => ssh !== undefined);
  const [first] = lent;
  if (first === undefined || network.mode === "none") return undefined;
  const origin = `secrets.${first[0]}.ssh`;
  const named = view.env("SSH_AUTH_SOCK") ?? "";
  if (!named.startsWith("/")) {
    if (lent.every(([, { optional }]) => optional)) return undefined;
    findings.problem(origin, {
      code: "secret-unavailable",
      message: "there is no ssh-agent: $SSH_AUTH_SOCK isn't set",
      hint: 'start one (eval "$(ssh-agent)"), or write optional: true to go on without it',
    });
    return undefined;
  }
  const agent = socketAt(planning, named, origin);
  const ssh = lent.map(([name, secret]) => keysOf(planning, name, secret));
  if (agent === undefined) return undefined;
  const target = `/run/user/${identity.uid}/ssh-agent`;
  return {
    socket: { source: NOBODY, target, origin, ssh, agent },
    grant: { source: NOBODY, named: target, target, access: "read", type: "socket", origin },
  };
}

/** What a client inside has to know of the hosts. */
export function knownHostsMounts(agent: LentAgent | undefined): readonly Mount[] {
  if (agent === undefined) return [];
  const hosts = agent.socket.ssh.flatMap((each) => each.hosts);
  const lines = hosts.flatMap(({ host, keys }) => keys.map((key) => `${host},[${host}]:* ${typeOf(key)} ${key}\n`));
  return [
    { kind: "directory", target: parentOf(KNOWN_HOSTS), mode: 0o755 },
    { kind: "file", target: KNOWN_HOSTS, mode: 0o644, content: [...new Set(lines)].join("") },
  ];
}

function keysOf({ settings, view, findings }: Planning, name: string, secret: SecretSetting): PlannedSshKeys {
  const { keys = [], confirm = false, knownHosts } = secret.ssh ?? {};
  const own = `${view.facts.user.home}/.ssh/known_hosts`;
  const files = knownHosts ?? [own, `${own}2`, KNOWN_HOSTS];
  const texts = files.flatMap((file) => view.text(file, MAX_BYTES) ?? []);
  const hosts = secret.hosts.map((host, index) => {
    const rules = settings.network.allow.filter((rule) => hostMatches(rule.host, host));
    const ports = [...new Set(rules.flatMap((rule) => rule.ports))].filter((port) => port !== SSH_PORT);
    const found = host.startsWith("*.") ? [] : hostKeys(texts, [host, ...ports.map((port) => `[${host}]:${port}`)]);
    if (found.length === 0)
      findings.problem(`secrets.${name}.hosts.${index}`, {
        code: "secret-unavailable",
        message: host.startsWith("*.")
          ? `${host}: a key of an ssh-agent is lent for exact hosts`
          : `the host key of ${host} isn't in your known_hosts, so nobody could say whether it is the one that is meant`,
        hint: "connect to it once outside: ssh HOST",
      });
    return { host, keys: found };
  });
  return { name, keys, confirm, hosts };
}

const MAX_BYTES = 1024 * 1024;

/** The name of its algorithm stands at a key's beginning. */
function typeOf(key: string): string {
  const bytes = Buffer.from(key, "base64");
  return bytes.length < 4 ? "" : bytes.toString("latin1", 4, 4 + Math.min(64, bytes.readUInt32BE(0)));
}
