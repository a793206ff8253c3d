// A plan without what only a running Cordon gives: no proxy and no name service, hence no network at all, and none of the variables and
// files that lead to them. Pure. What is granted never becomes more by this.
import { printable } from "../../core/text.js";
import { networkVariables } from "../../plan/resolve/network-variables.js";
import { generatedEtc } from "../../plan/resolve/system.js";
import type { Mount, Plan } from "../../plan/types.js";
import { hasWildcard } from "../../policy/pattern.js";
import type { Settings } from "../../policy/types.js";

export interface HandOff {
  readonly plan: Plan;
  /** Variables whose values were the caller's own. */
  readonly passed: readonly string[];
  /** What falls away whatever the kind, in words. */
  readonly lost: readonly string[];
}

/** What Cordon decides for every command. */
const DECIDED = ["HOME", "LOGNAME", "PATH", "PWD", "SHELL", "TMPDIR", "USER", "XDG_RUNTIME_DIR"];
const CORDONS_OWN = ["CORDON", "CORDON_RUN"];

/** `asked`: `process.env` of the policy. */
export function handOff(plan: Plan, asked: Settings["process"]["env"]): HandOff {
  const { set } = asked;
  const { secrets = [], ...kept } = plan;
  // SECURITY(T11): without the supervisor it would be the user's whole ssh-agent.
  const agents = plan.network.sockets.filter(({ ssh }) => ssh !== undefined);
  const gone = {
    ...Object.fromEntries(secrets.flatMap(({ env }) => (env === undefined ? [] : [[env, ""]]))),
    ...networkVariables(plan.network),
    ...Object.fromEntries([...CORDONS_OWN, ...(agents.length > 0 ? ["SSH_AUTH_SOCK"] : [])].map((name) => [name, ""])),
  };
  const env = Object.entries(plan.command.env).filter(
    ([name]) => Object.hasOwn(set, name) || !Object.hasOwn(gone, name),
  );
  // A name that isn't set now may be when the result is started.
  const names = [...env.map(([name]) => name), ...asked.pass.filter((name) => !hasWildcard(name))];
  const passed = [...new Set(names)].filter(
    (name) => ![DECIDED, Object.keys(set), Object.keys(gone)].flat().includes(name),
  );
  const network: Plan["network"] = {
    ...plan.network,
    mode: "none",
    rules: [],
    listeners: [],
    publish: [],
    capture: "none",
    inspects: false,
    sockets: plan.network.sockets.filter((socket) => !agents.includes(socket)),
  };
  const isLent = (mount: Mount) => agents.some(({ target }) => target === mount.target);
  return {
    plan: {
      ...kept,
      command: { ...plan.command, env: Object.fromEntries(env) },
      mounts: withOwnEtc(plan, network).filter((mount) => !isLent(mount)),
      network,
      controls: controlsOf(plan),
    },
    passed,
    lost: [
      ...lostNetwork(plan),
      ...lostSecrets([...secrets, ...agents.flatMap(({ ssh = [] }) => ssh)]),
      ...lostRecord(plan),
    ],
  };
}

/** The files of /etc that tell of Cordon's name service, as they are without one; certificates of a run aren't there. */
function withOwnEtc({ mounts, identity, command }: Plan, network: Plan["network"]): readonly Mount[] {
  const own = generatedEtc({ identity, shell: command.env["SHELL"] ?? "/bin/sh", network });
  const gone = mounts.filter(({ kind }) => kind === "run-file");
  return mounts.flatMap((mount) => {
    if (mount.kind === "run-file") return [];
    // Made for decoys only.
    if (mount.kind === "directory" && gone.some(({ target }) => target.startsWith(`${mount.target}/`))) return [];
    if (mount.kind !== "file") return [mount];
    return [own.find(({ kind, target }) => kind === "file" && target === mount.target) ?? mount];
  });
}

function controlsOf({ controls }: Plan): readonly string[] {
  const others = controls.filter((id) => !/^(?:network|secrets)\./.test(id) || id === "network.named-sockets");
  return [...others, "network.none"];
}

function lostNetwork({ network }: Plan): readonly string[] {
  const { mode, rules, publish, listeners } = network;
  const forwards = listeners.filter(({ role }) => role === "forward").map(({ port }) => port);
  const hosts = [...new Set(rules.map(({ host }) => host))];
  const named = hosts.slice(0, 8).map((host) => printable(host, 80));
  return [
    ...(hosts.length === 0
      ? []
      : [
          `The network: there is no proxy that would hold the list of hosts, so the network is none. Not reached: ${named.join(", ")}${hosts.length > named.length ? ` and ${hosts.length - named.length} more` : ""}.`,
        ]),
    ...(mode === "open" && hosts.length === 0
      ? ["The network: there is no proxy that would keep private addresses out of reach, so the network is none."]
      : []),
    ...(forwards.length === 0
      ? []
      : [`Services of this computer at the same port inside (network.forward): ${forwards.join(", ")}.`]),
    ...(publish.length === 0
      ? []
      : [
          `Ports of the sandbox on this computer (network.publish): ${publish.map(({ hostPort }) => hostPort).join(", ")}.`,
        ]),
  ];
}

function lostSecrets(secrets: readonly { readonly name: string }[]): readonly string[] {
  const names = secrets.map(({ name }) => printable(name, 80)).join(", ");
  return names === ""
    ? []
    : [`The keys of secrets (${names}): nobody is there who would put them in, so the command has none.`];
}

function lostRecord({ alerts, audit }: Plan): readonly string[] {
  const receivers = audit.ship.length > 0 ? ", and nothing is shipped" : "";
  return [`The record: no events, no audit${alerts.length > 0 ? ", no alerts" : ""}${receivers}.`];
}
