// Controls of the network, each taken out: the namespace, or one setting that the supervisor's proxy goes by.
import type { NetworkRule } from "../../../src/plan/types.js";
import { adding, all, letInSocket, NAMESPACE, network, ops, withoutNamespace, withoutService } from "./ops.js";
import type { MutationCase } from "./types.js";

const OWN: Pick<NetworkRule, "origin" | "place" | "inspect" | "filter"> = {
  origin: "network.allow.0",
  place: "the mutation",
  inspect: false,
  filter: "off",
};

/** The loopback of the host, where nothing but `connect` may lead to. */
function loopback(port: number): NetworkRule {
  return { ...OWN, host: "127.0.0.1", ports: [port], connect: { host: "127.0.0.1", port } };
}

const NAMESPACE_OF_NETWORK = withoutNamespace(
  NAMESPACE.network,
  "loopback",
  "netlink",
  "listen",
  "dial",
  "landlock",
  "landlock-path",
);

export const NETWORK_MUTATIONS: readonly MutationCase[] = [
  {
    name: "the stand-in for a key: the command holds the key itself",
    controls: ["secrets.placeholders", "secrets.bound-hosts"],
    policy: "named",
    mutate: all(
      ({ plan: { secrets: _secrets, ...plan }, artifact }) => ({ plan, artifact }),
      ops((op) => (op.slot?.startsWith("secret:") === true ? undefined : op)),
      adding((_launch, world) => [
        { op: "env", fields: [`GITHUB_TOKEN=${world.environment()["GITHUB_TOKEN"] ?? ""}`] },
      ]),
    ),
    breaks: ["secrets/placeholder", "secrets/elsewhere"],
    also: { "process.environment-clean": "the key lies in the environment" },
  },
  {
    name: "the network namespace",
    controls: ["network.none", "ipc.abstract-sockets"],
    policy: "walls",
    mutate: NAMESPACE_OF_NETWORK,
    breaks: [
      "network/none",
      "network/loopback-ipv6",
      "network/datagram",
      "network/mapped-address",
      "network/interfaces",
      "ipc/abstract-sockets",
    ],
    also: { "network.none": "it is this control" },
  },
  {
    name: "the network namespace of a sandbox that may reach hosts",
    controls: ["network.names"],
    policy: "open",
    mutate: all(NAMESPACE_OF_NETWORK, withoutService("egress")),
    breaks: ["network/names", "ipc/abstract-sockets"],
    also: { "network.open": "nothing stands between the command and this computer any more" },
  },
  {
    name: "the list of hosts: a service of this computer is on it",
    controls: ["network.allowlist"],
    policy: "named",
    mutate: network((each, { stage }) => ({ ...each, rules: [...each.rules, loopback(stage.deniedPort)] })),
    breaks: ["network/allowlist"],
    also: { "network.allowlist": "it is this control" },
  },
  {
    name: "the refusal of this computer where every host is allowed",
    controls: ["network.open"],
    policy: "open",
    mutate: network((each, { stage }) => ({ ...each, rules: [...each.rules, loopback(stage.deniedPort)] })),
    breaks: ["network/open"],
  },
  {
    name: "the look at the address that a name has",
    controls: ["network.addresses"],
    policy: "named",
    mutate: network((each, { stage }) => ({
      ...each,
      rules: each.rules.map((rule) =>
        rule.connect === undefined ? { ...rule, connect: { host: "127.0.0.1", port: stage.deniedPort } } : rule,
      ),
    })),
    breaks: ["network/addresses"],
  },
  {
    name: "the judgement of requests",
    controls: ["network.requests"],
    policy: "named",
    mutate: network((each) => ({
      ...each,
      rules: each.rules.map(({ methods: _methods, paths: _paths, ...rule }) => rule),
    })),
    breaks: ["network/requests", "tls/plain-request"],
  },
  {
    name: "the look at names in TLS and in requests, and at what a connection begins with",
    controls: ["network.allowlist", "network.requests"],
    policy: "named",
    few: true,
    program: [
      {
        file: "egress/decide/agree.js",
        from: "const authority = readAuthority(claimed);",
        to: "const authority = readAuthority(claimed); if (target !== undefined) return undefined;",
      },
      {
        file: "egress/tls/hello-message.js",
        from: 'throw new Malformed("there is more than one server name")',
        to: "void 0",
      },
      { file: "egress/tls/hello-retry.js", from: "read.sni === this.#sni", to: "read.sni !== this" },
      { file: "egress/proxy/route.js", from: "target.port === 443 ? this.#secure()", to: "false ? this.#secure()" },
    ],
    breaks: ["tls/other-name", "tls/hidden-name", "tls/cut-hello", "tls/second-hello", "tls/raw-bytes", "tls/fronting"],
  },
  {
    name: "the opening of TLS",
    controls: ["network.requests"],
    policy: "named",
    few: true,
    mutate: network((each) => ({
      ...each,
      rules: each.rules.map(({ methods: _methods, paths: _paths, ...rule }) => ({ ...rule, inspect: false })),
    })),
    breaks: ["tls/unopened", "network/requests"],
  },
  {
    name: "the choice of authorities: another one is trusted",
    controls: [],
    policy: "named",
    few: true,
    mutate: network((each, { stage }) => ({ ...each, upstreamCa: [...each.upstreamCa, stage.foreignFile] })),
    breaks: ["tls/foreign-certificate"],
  },
  {
    name: "the filter of what leaves",
    controls: ["network.filter"],
    policy: "named",
    mutate: network((each) => ({ ...each, rules: each.rules.map((rule) => ({ ...rule, filter: "off" as const })) })),
    breaks: ["network/filter"],
  },
  {
    name: "the limit of requests",
    controls: ["network.limits"],
    policy: "named",
    mutate: network((each) => ({ ...each, limits: {} })),
    breaks: ["network/limits"],
  },
  {
    name: "the choice of sockets: more of them are there",
    controls: ["network.named-sockets"],
    policy: "named",
    mutate: adding((launch, { root }) => [
      letInSocket(`${root}/run/docker.sock`, launch),
      { op: "socket-tree", fields: [`${root}/run/docker.sock`, 1] },
    ]),
    breaks: ["network/named-sockets"],
    also: {
      "desktop/docker": "it is the socket that was let in",
      "ipc.socket-files": "it is the socket that was let in",
    },
  },
];
