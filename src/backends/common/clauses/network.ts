// The network: a namespace with a loopback device only, everything else led to listeners in it that the supervisor answers. Pure.
import { captureMessages, NETLINK } from "../../../confinement/netfilter.js";
import type { HostFacts } from "../../../host/types.js";
import { CAPTURE_PORT, DNS_CAPTURE_PORT } from "../../../plan/resolve/listeners.js";
import type { Fragment, Op, Plan } from "../../../plan/types.js";

const TYPE = { tcp: 1, udp: 2 } as const;
const TRANSPARENT = 1;

export function network({ network: asked }: Plan, facts: HostFacts): Fragment {
  const needsTables = asked.capture === "transparent" && !facts.netfilter.nfTables;
  return {
    ops: [
      { op: "loopback", fields: [] },
      ...captureOps(asked),
      ...(asked.publish.length > 0 ? [{ op: "dial", fields: [] }] : []),
      ...asked.listeners.map(({ id, protocol, address, port, transparent }) => ({
        op: "listen",
        fields: [id, TYPE[protocol], address, port, transparent ? TRANSPARENT : 0],
      })),
    ],
    services: [asked.listeners, asked.publish, asked.sockets].some(({ length }) => length > 0)
      ? [{ kind: "egress" }]
      : [],
    enforces: needsTables ? [] : enforced(asked),
    ...(needsTables
      ? {
          cannot: enforced(asked).map(({ control }) => ({
            control,
            reason: "the plan needs nf_tables, which isn't here",
          })),
        }
      : {}),
  };
}

function captureOps({ capture, listeners }: Plan["network"]): readonly Op[] {
  if (capture === "none") return [];
  const messages = captureMessages({
    port: CAPTURE_PORT,
    dnsPort: DNS_CAPTURE_PORT,
    ipv6: listeners.some(({ address }) => address === "::"),
    transparent: capture === "transparent",
  });
  return [
    { op: "netlink", fields: [NETLINK.route, messages.route] },
    ...(messages.netfilter === undefined ? [] : [{ op: "netlink", fields: [NETLINK.netfilter, messages.netfilter] }]),
  ];
}

const ALONE = "network namespace with nothing but a loopback device";
const CAUGHT: Readonly<Record<Plan["network"]["capture"], string>> = {
  none: ALONE,
  transparent: `${ALONE}; every address in it is local and led to Cordon's listener (TPROXY), which makes the connection itself`,
  ports: `${ALONE}; every address in it is local, Cordon listens on the ports that the policy names and makes the connection itself`,
};

function enforced({ mode, capture, sockets }: Plan["network"]): NonNullable<Fragment["enforces"]> {
  const proxy = "Cordon's proxy";
  return [
    { control: "network.none", mechanism: ALONE },
    { control: mode === "open" ? "network.open" : "network.allowlist", mechanism: CAUGHT[capture] },
    {
      control: "network.names",
      mechanism: `${ALONE}; Cordon's own name service answers in it, with addresses of its own`,
    },
    {
      control: "network.addresses",
      mechanism: `${proxy}: a name is resolved once, the address checked is the address dialled`,
    },
    { control: "network.requests", mechanism: `${proxy} opens TLS with an authority that only this run trusts` },
    { control: "network.filter", mechanism: `${proxy} reads what is sent over the connections that it opens` },
    { control: "network.limits", mechanism: `${proxy} counts` },
    {
      control: "secrets.placeholders",
      mechanism: "the value is in the supervisor's memory only; inside stands a placeholder made for this run",
    },
    {
      control: "secrets.bound-hosts",
      mechanism: `${proxy} puts the value in only over TLS that was verified for a host of the secret, takes it out of what comes back, and refuses a placeholder that is sent elsewhere`,
    },
    ...(sockets.length === 0
      ? []
      : [
          {
            control: "network.named-sockets",
            mechanism:
              "mount namespace: of the host's socket files only the named ones are there, each as a socket of the supervisor that leads to it",
          },
        ]),
  ];
}
