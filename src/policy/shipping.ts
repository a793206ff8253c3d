// Where the record is shipped to, as a policy writes it: one address, read once, so that what is shown is what is dialled. Pure.
import { bad, good, portOf, type Read, type Reader, readVariableName } from "./atoms.js";
import { isAddress, readHost } from "./hosts.js";

export type ShipAddress =
  /** The journal of this computer, by its stream socket. */
  | { readonly kind: "journald"; readonly socket: string }
  /** A journal elsewhere: systemd-journal-remote. */
  | { readonly kind: "journal"; readonly url: string }
  | { readonly kind: "syslog"; readonly over: "unix"; readonly path: string }
  | { readonly kind: "syslog"; readonly over: "tcp" | "tls"; readonly host: string; readonly port: number }
  | { readonly kind: "webhook"; readonly url: string }
  | { readonly kind: "otlp"; readonly url: string };

const EXPECTED =
  "journald, syslog+unix:/PATH, syslog+tcp://HOST, syslog+tls://HOST, journal+https://HOST, otlp+https://HOST/v1/logs, or https://… for a webhook";

export const JOURNALD_SOCKET = "/run/systemd/journal/stdout";
const SYSLOG_PORTS = { tcp: 514, tls: 6514 } as const;
const JOURNAL_PORT = "19532";

/** An address, with plain HTTP to anywhere: whether that is allowed is the rule of `readShipping`. */
export const readShipAddress: Reader<ShipAddress> = (text) => {
  if (!/^[\x21-\x7e]{1,2000}$/.test(text)) return bad(EXPECTED);
  if (text === "journald" || text === "journald:") return good({ kind: "journald", socket: JOURNALD_SOCKET });
  if (text.startsWith("journald:/")) return good({ kind: "journald", socket: text.slice("journald:".length) });
  const unix = /^syslog\+unix:(?:\/\/)?(\/.*)$/.exec(text)?.[1];
  if (unix !== undefined) return good({ kind: "syslog", over: "unix", path: unix });
  const scheme = /^([a-z]+(?:\+[a-z]+)?):\/\//.exec(text)?.[1] ?? "";
  switch (scheme) {
    case "syslog+tcp":
    case "syslog+tls":
      return readSyslog(text.slice(scheme.length + 3), scheme === "syslog+tls" ? "tls" : "tcp");
    case "journal+https":
    case "journal+http":
      return mapUrl(text.slice("journal+".length), (url) => ({ kind: "journal", url: journalUrl(url, text) }));
    case "otlp+https":
    case "otlp+http":
      return mapUrl(text.slice("otlp+".length), (url) => ({ kind: "otlp", url: otlpUrl(url) }));
    case "https":
    case "http":
      return mapUrl(text, (url) => ({ kind: "webhook", url: url.href }));
    default:
      return bad(EXPECTED);
  }
};

/** An address as it may stand by itself: without TLS only to this computer. */
export const readShipping: Reader<ShipAddress> = (text) => {
  const read = readShipAddress(text);
  if (!read.ok || !needsLeave(read.value)) return read;
  return bad("an address with https (or a mapping with `to` and `unencrypted: true`)");
};

/** Plain HTTP that leaves this computer. */
export function needsLeave(address: ShipAddress): boolean {
  if (!("url" in address)) return false;
  const { protocol, hostname } = new URL(address.url);
  return protocol === "http:" && !isLoopback(hostname.replace(/^\[|\]$/g, ""));
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isAddress(host) && host.startsWith("127."));
}

export function usesTls(address: ShipAddress): boolean {
  if ("url" in address) return address.url.startsWith("https:");
  return address.kind === "syslog" && address.over === "tls";
}

/** As it could be written in a policy. */
export function formatAddress(address: ShipAddress): string {
  switch (address.kind) {
    case "journald":
      return address.socket === JOURNALD_SOCKET ? "journald" : `journald:${address.socket}`;
    case "syslog":
      if (address.over === "unix") return `syslog+unix:${address.path}`;
      return `syslog+${address.over}://${address.host.includes(":") ? `[${address.host}]` : address.host}:${address.port}`;
    case "webhook":
      return address.url;
    case "journal":
      return `journal+${withPort(address.url)}`;
    case "otlp":
      return `otlp+${address.url}`;
  }
}

/** For people and logs. SECURITY: without the query of a URL, which may hold a key. */
export function shownAddress(address: ShipAddress): string {
  return formatAddress(address).replace(/\?.*$/s, "");
}

/** Where a key comes from that Cordon itself uses: `env:NAME` or `file:PATH`. */
export const readKeySource: Reader<string> = (text) => {
  const [, kind, rest = ""] = /^(env|file):(.*)$/.exec(text) ?? [];
  if (kind === undefined || rest === "" || (kind === "env" && !readVariableName(rest).ok))
    return bad("env:NAME or file:PATH");
  return good(text);
};

function readSyslog(rest: string, over: "tcp" | "tls"): Read<ShipAddress> {
  const match = /^(\[[^\]]*\]|[^:/]+)(?::([^/]*))?\/?$/.exec(rest);
  const host = readHost(match?.[1] ?? "");
  const port = match?.[2] === undefined ? SYSLOG_PORTS[over] : portOf(match[2]);
  if (!host.ok || port === undefined)
    return bad(`a host with or without a port, as in syslog+${over}://logs.example.com:${SYSLOG_PORTS[over]}`);
  return good({ kind: "syslog", over, host: host.value, port });
}

function mapUrl(text: string, make: (url: URL) => ShipAddress): Read<ShipAddress> {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return bad(EXPECTED);
  }
  if (url.username !== "" || url.password !== "")
    return bad("an address without a user name or password in it (headersFrom says where they are)");
  if (url.hash !== "") return bad("an address without #");
  if (!readHost(url.hostname).ok) return bad(EXPECTED);
  return good(make(url));
}

/** systemd-journal-remote has one path. */
function journalUrl(url: URL, text: string): string {
  const made = new URL("/upload", url);
  if (!/:\d+(?:\/|$)/.test(text)) made.port = JOURNAL_PORT;
  return made.href;
}

function otlpUrl(url: URL): string {
  return url.pathname === "/" ? new URL("/v1/logs", url).href : url.href;
}

/** A URL leaves the usual port out, which isn't the usual one of a journal. */
function withPort(url: string): string {
  const { protocol, hostname, port, pathname } = new URL(url);
  return `${protocol}//${hostname}:${port === "" ? (protocol === "https:" ? 443 : 80) : port}${pathname}`;
}
