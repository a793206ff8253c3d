// What kind of address an upstream has, by the special-purpose registries of IANA (RFC 6890 and what came after) and the addresses at
// which clouds answer metadata. Judged as bytes by a parser of its own. Only "public" may ever be dialled without `connect:`.
// SECURITY(T27): anything not known to be public is forbidden, and so is every IPv6 form that carries an IPv4 address.

export type AddressClass =
  | "public"
  | "unspecified"
  | "this-network"
  | "loopback"
  | "private"
  | "shared"
  | "link-local"
  | "metadata"
  | "protocol"
  | "documentation"
  | "benchmarking"
  | "multicast"
  | "broadcast"
  | "reserved"
  | "embedded"
  | "malformed";

/** First matching line decides, so that single addresses stand before the range around them. */
const V4_TABLE: readonly (readonly [string, number, AddressClass])[] = [
  // Metadata and host services of clouds; only Azure's lies outside of a special range.
  ["169.254.169.253", 32, "metadata"],
  ["169.254.169.254", 32, "metadata"],
  ["169.254.170.2", 32, "metadata"],
  ["169.254.170.23", 32, "metadata"],
  ["169.254.42.42", 32, "metadata"],
  ["100.100.100.200", 32, "metadata"],
  ["168.63.129.16", 32, "metadata"],
  ["192.0.0.192", 32, "metadata"],
  ["0.0.0.0", 32, "unspecified"],
  ["0.0.0.0", 8, "this-network"],
  ["10.0.0.0", 8, "private"],
  ["100.64.0.0", 10, "shared"],
  ["127.0.0.0", 8, "loopback"],
  ["169.254.0.0", 16, "link-local"],
  ["172.16.0.0", 12, "private"],
  ["192.0.0.0", 24, "protocol"],
  ["192.0.2.0", 24, "documentation"],
  ["192.31.196.0", 24, "protocol"],
  ["192.52.193.0", 24, "protocol"],
  ["192.88.99.0", 24, "protocol"],
  ["192.168.0.0", 16, "private"],
  ["192.175.48.0", 24, "protocol"],
  ["198.18.0.0", 15, "benchmarking"],
  ["198.51.100.0", 24, "documentation"],
  ["203.0.113.0", 24, "documentation"],
  ["224.0.0.0", 4, "multicast"],
  ["255.255.255.255", 32, "broadcast"],
  ["240.0.0.0", 4, "reserved"],
];

const V6_TABLE: readonly (readonly [string, number, AddressClass])[] = [
  ["fd00:ec2::254", 128, "metadata"],
  ["fd20:ce::254", 128, "metadata"],
  ["fd00:42::42", 128, "metadata"],
  ["fe80::a9fe:a9fe", 128, "metadata"],
  ["::", 128, "unspecified"],
  ["::1", 128, "loopback"],
  // v4-compatible, v4-mapped, v4-translated (SIIT), NAT64 well-known and local, Teredo, 6to4.
  ["::", 96, "embedded"],
  ["::ffff:0:0", 96, "embedded"],
  ["::ffff:0:0:0", 96, "embedded"],
  ["64:ff9b::", 96, "embedded"],
  ["64:ff9b:1::", 48, "embedded"],
  ["2001::", 32, "embedded"],
  ["2002::", 16, "embedded"],
  ["100::", 64, "reserved"],
  ["100:0:0:1::", 64, "reserved"],
  ["2001:2::", 48, "benchmarking"],
  ["2001::", 23, "protocol"],
  ["2001:db8::", 32, "documentation"],
  ["2620:4f:8000::", 48, "protocol"],
  ["3fff::", 20, "documentation"],
  ["5f00::", 16, "protocol"],
  ["fc00::", 7, "private"],
  ["fe80::", 10, "link-local"],
  ["fec0::", 10, "private"],
  ["ff00::", 8, "multicast"],
  // All that IANA has given out for global unicast.
  ["2000::", 3, "public"],
  ["::", 0, "reserved"],
];

interface Range {
  readonly bytes: Uint8Array;
  readonly bits: number;
  readonly kind: AddressClass;
}

function rangesOf(table: readonly (readonly [string, number, AddressClass])[]): readonly Range[] {
  return table.map(([text, bits, kind]) => {
    const bytes = parseAddress(text);
    if (bytes === undefined) throw new TypeError(`the address table has a line that can't be read: ${text}`);
    return { bytes, bits, kind };
  });
}

/** The 4 or 16 bytes of an address as text; undefined for anything else, zone ids, ports, brackets and odd numbers included. */
export function parseAddress(text: string): Uint8Array | undefined {
  if (text.length > 45) return undefined;
  return text.includes(":") ? parseV6(text) : parseV4(text);
}

function parseV4(text: string): Uint8Array | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  const bytes = new Uint8Array(4);
  for (const [index, part] of parts.entries()) {
    const value = numberOf(part, 10, 3);
    if (value === undefined || value > 255 || (part.length > 1 && part.startsWith("0"))) return undefined;
    bytes[index] = value;
  }
  return bytes;
}

function parseV6(text: string): Uint8Array | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = [groupsOf(halves[0] ?? "", halves.length === 1), groupsOf(halves[1] ?? "", true)];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 16 - head.length - tail.length;
  // `::` stands for one group at least.
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined;
  return Uint8Array.from([...head, ...new Uint8Array(missing), ...tail]);
}

/** The bytes of groups between colons; the last group of an address may be a dotted quad. */
function groupsOf(text: string, last: boolean): readonly number[] | undefined {
  if (text === "") return [];
  const bytes: number[] = [];
  const groups = text.split(":");
  for (const [index, group] of groups.entries()) {
    if (group.includes(".")) {
      const quad = last && index === groups.length - 1 ? parseV4(group) : undefined;
      if (quad === undefined) return undefined;
      bytes.push(...quad);
      continue;
    }
    const value = numberOf(group, 16, 4);
    if (value === undefined) return undefined;
    bytes.push(value >> 8, value & 0xff);
  }
  return bytes;
}

const DIGITS = "0123456789abcdef";

function numberOf(text: string, base: 10 | 16, maxDigits: number): number | undefined {
  if (text.length === 0 || text.length > maxDigits) return undefined;
  let value = 0;
  for (const character of text.toLowerCase()) {
    const digit = DIGITS.indexOf(character);
    if (digit < 0 || digit >= base) return undefined;
    value = value * base + digit;
  }
  return value;
}

function isIn({ bytes, bits }: Range, address: Uint8Array): boolean {
  for (let index = 0; index * 8 < bits; index++) {
    const shift = Math.max(0, 8 - (bits - index * 8));
    if ((bytes[index] ?? 0) >> shift !== (address[index] ?? 0) >> shift) return false;
  }
  return true;
}

const V4_RANGES = rangesOf(V4_TABLE);
const V6_RANGES = rangesOf(V6_TABLE);

export function addressClass(ip: string): AddressClass {
  const bytes = parseAddress(ip);
  if (bytes === undefined) return "malformed";
  if (bytes.length === 4) return V4_RANGES.find((range) => isIn(range, bytes))?.kind ?? "public";
  const kind = V6_RANGES.find((range) => isIn(range, bytes))?.kind ?? "reserved";
  return kind === "public" && isIsatap(bytes) ? "embedded" : kind;
}

/** The interface identifier of ISATAP (RFC 5214) carries an IPv4 address below any prefix. */
function isIsatap(bytes: Uint8Array): boolean {
  return ((bytes[8] ?? 0) & ~0x02) === 0 && bytes[9] === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe;
}

/** Documentation prefixes (RFC 5737, RFC 3849) have no route on the internet and are nobody's private network: test beds use them as public. */
const REACHABLE: readonly AddressClass[] = ["public", "documentation"];

/** Whether an address must not be dialled unless the policy's `connect:` names it. `own`: addresses of this host, in any spelling. */
export function isForbidden(ip: string, own: ReadonlySet<string>): boolean {
  if (!REACHABLE.includes(addressClass(ip)) || own.has(ip)) return true;
  const bytes = parseAddress(ip);
  return bytes === undefined || [...own].some((each) => isSame(bytes, ownBytes(each)));
}

/** The operating system may write a zone behind its own addresses. */
function ownBytes(text: string): Uint8Array | undefined {
  return parseAddress(text.split("%")[0] ?? "");
}

function isSame(one: Uint8Array, other: Uint8Array | undefined): boolean {
  return other !== undefined && one.length === other.length && one.every((byte, index) => byte === other[index]);
}
