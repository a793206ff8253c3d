// What a question's name means: this host itself, an address asked backwards, a host to be judged, or nothing that could be one. Pure.
// Only the canonical form is judged; the bytes that were asked are kept for the answer's question alone.
import { isAddress, readHost } from "../../policy/hosts.js";

export type Asked =
  | { readonly kind: "root" }
  | { readonly kind: "localhost" }
  | { readonly kind: "reverse"; readonly address: string; readonly host: string; readonly shown: string }
  /** `service`: a name such as `_https._tcp.HOST`, which has no address of its own. */
  | { readonly kind: "host"; readonly host: string; readonly service: boolean; readonly shown: string }
  | { readonly kind: "malformed"; readonly shown: string };

const LABEL = /^[a-z0-9_-]+$/;
const REVERSE = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.in-addr\.arpa$/;
const REVERSE_LOOPBACK6 = `1.${"0.".repeat(31)}ip6.arpa`;
const MAX_SHOWN = 253;

export function readAsked(labels: readonly string[]): Asked {
  if (labels.length === 0) return { kind: "root" };
  const lower = labels.map((label) => label.replace(/[A-Z]/g, (letter) => letter.toLowerCase()));
  const shown = shownName(lower);
  if (!lower.every((label) => LABEL.test(label))) return { kind: "malformed", shown };
  if (lower.at(-1) === "localhost") return { kind: "localhost" };
  const first = lower.findIndex((label) => !label.startsWith("_"));
  const name = lower.slice(first === -1 ? lower.length : first).join(".");
  const host = readHost(name);
  // Resolvers never ask for an address in a name's place; a rule that names one is for those who connect to it.
  if (!host.ok || host.value !== name || isAddress(name)) return { kind: "malformed", shown };
  const address = first === 0 ? reversed(name) : undefined;
  if (address !== undefined) return { kind: "reverse", address, host: name, shown };
  return { kind: "host", host: name, service: first > 0, shown };
}

function reversed(name: string): string | undefined {
  if (name === REVERSE_LOOPBACK6) return "::1";
  return REVERSE.exec(name)?.slice(1).toReversed().join(".");
}

/** A name as zone files write it: printable ASCII whatever its bytes are. */
function shownName(labels: readonly string[]): string {
  const escaped = (character: string) => `\\${String(character.charCodeAt(0)).padStart(3, "0")}`;
  const shown = labels.map((label) => label.replace(/[^a-z0-9_-]/g, escaped)).join(".");
  return shown.length > MAX_SHOWN ? `${shown.slice(0, MAX_SHOWN - 3)}...` : shown;
}
