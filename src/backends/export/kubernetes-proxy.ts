// The way out of a cluster's Pod: network policies, and a Pod with tinyproxy, a small proxy that every distribution has, for the policy's
// hosts: anchored patterns, everything else refused, each request logged. Pure.
import type { NetworkRule } from "../../plan/types.js";
import { comment } from "./section.js";
import { yamlDocument } from "./syntax/yaml.js";

export const PROXY_PORT = 8888;

export function allowlistFiles(rules: readonly NetworkRule[]): Readonly<Record<string, string>> {
  const ports = [...new Set(rules.flatMap(({ ports: each }) => each))].toSorted((a, b) => a - b);
  const config = [
    `Port ${PROXY_PORT}`,
    "Timeout 600",
    "MaxClients 100",
    "LogLevel Connect",
    "DisableViaHeader Yes",
    'Filter "/etc/proxy/hosts"',
    "FilterExtended On",
    "FilterURLs Off",
    "FilterCaseSensitive Off",
    "FilterDefaultDeny Yes",
    ...ports.map((port) => `ConnectPort ${port}`),
  ];
  const hosts = [...new Set(rules.map(({ host }) => hostPattern(host)))].toSorted();
  return { "tinyproxy.conf": `${config.join("\n")}\n`, hosts: `${hosts.join("\n")}\n` };
}

/** `*.example.org`: one or more labels, never the bare domain. */
function hostPattern(host: string): string {
  const literal = (text: string) => text.replace(/[.[\]*^$+?(){}|\\]/g, "\\$&");
  return host.startsWith("*.") ? `^([a-z0-9_-]+\\.)+${literal(host.slice(2))}$` : `^${literal(host)}$`;
}

export const PROXY_IMAGE = "REPLACE-WITH-A-PINNED-IMAGE-OF-TINYPROXY";
const PRIVATE = [
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "198.18.0.0/15",
];

export function policyOf(app: string, egress: readonly Parameters<typeof yamlDocument>[0][]) {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: app },
    spec: {
      podSelector: { matchLabels: { app } },
      policyTypes: ["Ingress", "Egress"],
      ingress: [],
      egress: [...egress],
    },
  };
}

const DNS = {
  to: [{ namespaceSelector: {} }],
  ports: [
    { protocol: "UDP", port: 53 },
    { protocol: "TCP", port: 53 },
  ],
};

/** The command has to find the proxy by its name. The cluster's name service then sees its questions. */
export function toProxy(proxy: string) {
  return [
    { to: [{ podSelector: { matchLabels: { app: proxy } } }], ports: [{ protocol: "TCP", port: PROXY_PORT }] },
    DNS,
  ];
}

export function proxyDocuments(
  { app, proxy }: { readonly app: string; readonly proxy: string },
  rules: readonly NetworkRule[],
): readonly (readonly string[])[] {
  const ports = [...new Set(rules.flatMap(({ ports: each }) => each))].toSorted((a, b) => a - b);
  const outside = {
    to: [{ ipBlock: { cidr: "0.0.0.0/0", except: PRIVATE } }],
    ports: ports.map((port) => ({ protocol: "TCP", port })),
  };
  const ingress = [
    { from: [{ podSelector: { matchLabels: { app } } }], ports: [{ protocol: "TCP", port: PROXY_PORT }] },
  ];
  const policy = policyOf(proxy, [outside, DNS]);
  return [
    yamlDocument(
      { ...policy, spec: { ...policy.spec, ingress } },
      {
        spec: comment(
          "The proxy reaches public addresses at the ports that are allowed, and only the command reaches the proxy.",
        ),
      },
    ),
    yamlDocument(
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name: proxy }, data: allowlistFiles(rules) },
      {
        data: comment(
          "The list of hosts (network.allowlist): anchored patterns, everything else is refused. Each request is logged.",
        ),
      },
    ),
    yamlDocument({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: proxy },
      spec: { selector: { app: proxy }, ports: [{ port: PROXY_PORT }] },
    }),
    yamlDocument(proxyPod(proxy)),
  ];
}

function proxyPod(proxy: string) {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: proxy, labels: { app: proxy } },
    spec: {
      automountServiceAccountToken: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 65534,
        runAsGroup: 65534,
        seccompProfile: { type: "RuntimeDefault" },
      },
      containers: [
        {
          name: "proxy",
          image: PROXY_IMAGE,
          command: ["tinyproxy", "-d", "-c", "/etc/proxy/tinyproxy.conf"],
          ports: [{ containerPort: PROXY_PORT }],
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
          },
          volumeMounts: [{ name: "config", mountPath: "/etc/proxy", readOnly: true }],
        },
      ],
      volumes: [{ name: "config", configMap: { name: proxy } }],
    },
  };
}
