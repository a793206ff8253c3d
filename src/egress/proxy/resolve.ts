// Looks names up with the host's own resolver, each within a time limit. It must never hold more of Node's worker threads than leaves
// some for the rest of the supervisor: a name whose servers don't answer keeps one busy long after the limit.
import { lookup } from "node:dns/promises";
import { isIPv6 } from "node:net";
import { readHost } from "../../policy/hosts.js";

export type Resolve = (host: string) => Promise<readonly string[]>;

/** Of the four threads that Node has. */
const MAX_AT_ONCE = 3;

/** A resolver on top of the host's, at most three look-ups at a time. */
export function hostResolver(look: Resolve = lookUp): Resolve {
  const waiting: (() => void)[] = [];
  let busy = 0;
  return async (host) => {
    if (busy >= MAX_AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
    else busy += 1;
    try {
      return await look(host);
    } finally {
      const next = waiting.shift();
      if (next === undefined) busy -= 1;
      else next();
    }
  };
}

async function lookUp(host: string): Promise<readonly string[]> {
  const found = await lookup(host, { all: true, verbatim: true });
  return found.map(({ address }) => address);
}

/** An address as policy/hosts writes it: mapped IPv4 as IPv4; undefined for what has a zone or isn't an address. */
export function canonicalAddress(text: string): string | undefined {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(text)?.[1];
  if (mapped !== undefined) return canonicalAddress(mapped);
  if (!text.includes(":")) {
    const read = readHost(text);
    return read.ok && /^[\d.]+$/.test(read.value) ? read.value : undefined;
  }
  if (!isIPv6(text) || text.includes("%")) return undefined;
  const read = readHost(new URL(`http://[${text}]/`).hostname);
  return read.ok ? read.value : undefined;
}

/** IPv6 and IPv4 in turn, beginning with the resolver's first choice; without repetitions. */
export function interleave(addresses: readonly string[]): readonly string[] {
  const unique = [...new Set(addresses)];
  const six = unique.filter((address) => address.includes(":"));
  const four = unique.filter((address) => !address.includes(":"));
  const [first, second] = unique[0]?.includes(":") ? [six, four] : [four, six];
  return Array.from({ length: Math.max(first.length, second.length) }, (_, index) => index)
    .flatMap((index) => [first[index], second[index]])
    .filter((address) => address !== undefined);
}
