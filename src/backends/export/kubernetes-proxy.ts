// A policy's hosts as a configuration of tinyproxy, a small proxy that every distribution has: anchored patterns, everything else refused,
// each request logged. Pure.
import type { NetworkRule } from "../../plan/types.js";

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
