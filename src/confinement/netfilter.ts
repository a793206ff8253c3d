// The sandbox's own network as netlink bytes that cordon-init replays: every address is local, every TCP connection that isn't to the
// loopback goes to one transparent listener, every question of a name to the name listener. Pure. These bytes only lead traffic to the
// supervisor: that there is no other way out is the namespace's doing, which has no device but its loopback.
import { Buffer } from "node:buffer";
import { attribute, FLAG, type Message, messages, nested, networkNumber, number, text } from "./netlink.js";

/** Protocol numbers for the op `netlink`. */
export const NETLINK = { route: 0, netfilter: 12 } as const;

export interface CaptureRequest {
  /** Of the transparent TCP listeners, on 127.0.0.1 (or 0.0.0.0) and on ::1 (or ::). */
  readonly port: number;
  /** Of the UDP name listeners on 127.0.0.1 and ::1 that take the questions to all other addresses. Default 53. With a port that is not
   *  53, the questions to 127.0.0.1:53 itself, by far the most, stay out of the kernel's bounded table of connections. */
  readonly dnsPort?: number;
  /** False where the kernel has no IPv6: nothing is said about it then. */
  readonly ipv6?: boolean;
  /** False without nf_tables: only the routes, by which a listener on 0.0.0.0 or :: takes connections to any address on its own port. */
  readonly transparent: boolean;
}

export interface CaptureMessages {
  /** To be sent after the loopback is up. */
  readonly route: Uint8Array;
  readonly netfilter?: Uint8Array;
}

export function captureMessages({ port, dnsPort = 53, ipv6 = true, transparent }: CaptureRequest): CaptureMessages {
  const families = ipv6 ? [IP4, IP6] : [IP4];
  const route = messages([secondAddress(), ...families.map(anyAddress)]);
  if (!transparent) return { route };
  const rules = families.flatMap((ip) => table(ip, port, dnsPort));
  return { route, netfilter: messages([batch(BATCH_BEGIN), ...rules, batch(BATCH_END)]) };
}

interface Family {
  readonly number: number;
  readonly loopback: Uint8Array;
  /** Where the addresses stand in the header. */
  readonly source: number;
  readonly destination: number;
  /** How much of the destination tells that it is the loopback's. */
  readonly local: Uint8Array;
}

const IP4: Family = {
  number: 2,
  loopback: Buffer.from([127, 0, 0, 1]),
  source: 12,
  destination: 16,
  local: Buffer.from([127]),
};
const LOOPBACK6 = Buffer.from([...new Uint8Array(15), 1]);
const IP6: Family = { number: 10, loopback: LOOPBACK6, source: 8, destination: 24, local: LOOPBACK6 };

const RTM_NEWROUTE = 24;
const RTA = { device: 4, preferredSource: 7 } as const;
const ROUTE = { tableLocal: 255, protocolStatic: 4, scopeHost: 254, typeLocal: 2 } as const;
/** The loopback is the first device of every namespace. */
const LOOPBACK_DEVICE = 1;

const RTM_NEWADDR = 20;
const IFA = { address: 1, local: 2 } as const;
const SECOND_ADDRESS = Buffer.from([127, 0, 0, 2]);

/** 127.0.0.2/8 on the loopback: the C library takes a host that has nothing but 127.0.0.1 for one without IPv4, and then finds no
 *  IPv4 address for a program that asks only for what the host has (AI_ADDRCONFIG, getaddrinfo(3)). */
function secondAddress(): Message {
  const fixed = Buffer.from([IP4.number, 8, 0, ROUTE.scopeHost, LOOPBACK_DEVICE, 0, 0, 0]);
  return {
    type: RTM_NEWADDR,
    flags: FLAG.request | FLAG.acknowledge | FLAG.create | FLAG.exclusive,
    fixed,
    attributes: [attribute(IFA.local, SECOND_ADDRESS), attribute(IFA.address, SECOND_ADDRESS)],
  };
}

/** `local default dev lo src LOOPBACK`: with the loopback as its source, a program that asks for "its own address" gets one on which its
 *  connections to itself stay inside, and no connection can be one to itself (the source would be the destination otherwise). */
function anyAddress({ number: family, loopback }: Family): Message {
  const fixed = Buffer.from([
    family,
    0,
    0,
    0,
    ROUTE.tableLocal,
    ROUTE.protocolStatic,
    ROUTE.scopeHost,
    ROUTE.typeLocal,
    0,
    0,
    0,
    0,
  ]);
  return {
    type: RTM_NEWROUTE,
    flags: FLAG.request | FLAG.acknowledge | FLAG.create | FLAG.exclusive,
    fixed,
    attributes: [number(RTA.device, LOOPBACK_DEVICE), attribute(RTA.preferredSource, loopback)],
  };
}

const SUBSYSTEM = 10;
const BATCH_BEGIN = 0x10;
const BATCH_END = 0x11;
const NEW = { table: (SUBSYSTEM << 8) | 0, chain: (SUBSYSTEM << 8) | 3, rule: (SUBSYSTEM << 8) | 6 } as const;
const HOOK = { prerouting: 0, output: 3 } as const;
/** Before the connection table, and where nftables has "mangle" and the translation of destinations. */
const PRIORITY = { raw: -300, mangle: -150, nat: -100 } as const;
const TABLE = "cordon";

function batch(type: number): Message {
  return { type, flags: FLAG.request, fixed: Buffer.from([0, 0, 0, SUBSYSTEM]), attributes: [] };
}

function table(ip: Family, port: number, dnsPort: number): readonly Message[] {
  const add = (type: number, flags: number, attributes: readonly Uint8Array[]): Message => ({
    type,
    flags: FLAG.request | FLAG.acknowledge | FLAG.create | flags,
    fixed: Buffer.from([ip.number, 0, 0, 0]),
    attributes,
  });
  const chain = (name: string, type: string, hook: number, priority: number): Message =>
    add(NEW.chain, 0, [
      text(1, TABLE),
      text(3, name),
      nested(4, networkNumber(1, hook), networkNumber(2, priority)),
      text(7, type),
    ]);
  const rule = (name: string, ...expressions: readonly Uint8Array[]): Message =>
    add(NEW.rule, FLAG.append, [text(1, TABLE), text(2, name), nested(4, ...expressions)]);
  const foreignQuestion = [
    ...protocol(UDP),
    ...transport(DESTINATION_PORT, EQUAL, 53),
    ...network(ip.destination, UNEQUAL, ip.loopback),
  ];
  return [
    add(NEW.table, 0, [text(1, TABLE)]),
    // The connection table is for translated questions alone: it is bounded, and a busy program would fill it with its connections.
    chain("untracked", "filter", HOOK.output, PRIORITY.raw),
    rule("untracked", ...foreignQuestion, accept()),
    rule(
      "untracked",
      ...protocol(UDP),
      ...transport(SOURCE_PORT, EQUAL, dnsPort),
      ...network(ip.source, EQUAL, ip.loopback),
      accept(),
    ),
    rule("untracked", expression("notrack")),
    chain("capture", "filter", HOOK.prerouting, PRIORITY.mangle),
    rule(
      "capture",
      ...protocol(TCP),
      ...network(ip.destination, UNEQUAL, ip.local),
      ...towards(ip, port),
      tproxy(ip),
      accept(),
    ),
    chain("names", "nat", HOOK.output, PRIORITY.nat),
    rule("names", ...foreignQuestion, ...towards(ip, dnsPort), destinationNat(ip)),
  ];
}

const TCP = 6;
const UDP = 17;
const EQUAL = 0;
const UNEQUAL = 1;
const SOURCE_PORT = 0;
const DESTINATION_PORT = 2;
const NETWORK_HEADER = 1;
const TRANSPORT_HEADER = 2;
const META_L4PROTO = 16;
const VERDICT = 0;
const NF_ACCEPT = 1;
const NAT_DESTINATION = 1;
/** Registers of 16 bytes each. */
const FIRST = 1;
const SECOND = 2;

function expression(name: string, ...attributes: readonly Uint8Array[]): Uint8Array {
  return nested(1, text(1, name), nested(2, ...attributes));
}

function compare(operator: number, value: Uint8Array): Uint8Array {
  return expression("cmp", networkNumber(1, FIRST), networkNumber(2, operator), nested(3, attribute(1, value)));
}

function protocol(value: number): readonly Uint8Array[] {
  const load = expression("meta", networkNumber(2, META_L4PROTO), networkNumber(1, FIRST));
  return [load, compare(EQUAL, Buffer.from([value]))];
}

function payload(base: number, offset: number, size: number): Uint8Array {
  const where = [networkNumber(2, base), networkNumber(3, offset), networkNumber(4, size)];
  return expression("payload", networkNumber(1, FIRST), ...where);
}

function network(offset: number, operator: number, value: Uint8Array): readonly Uint8Array[] {
  return [payload(NETWORK_HEADER, offset, value.length), compare(operator, value)];
}

function transport(offset: number, operator: number, port: number): readonly Uint8Array[] {
  return [payload(TRANSPORT_HEADER, offset, 2), compare(operator, portBytes(port))];
}

/** The loopback address in the first register and the port in the second. */
function towards({ loopback }: Family, port: number): readonly Uint8Array[] {
  return [immediate(FIRST, loopback), immediate(SECOND, portBytes(port))];
}

function immediate(register: number, value: Uint8Array): Uint8Array {
  return expression("immediate", networkNumber(1, register), nested(2, attribute(1, value)));
}

function tproxy({ number: family }: Family): Uint8Array {
  return expression("tproxy", networkNumber(1, family), networkNumber(2, FIRST), networkNumber(3, SECOND));
}

function destinationNat({ number: family }: Family): Uint8Array {
  const range = [3, 4]
    .map((type) => networkNumber(type, FIRST))
    .concat([5, 6].map((type) => networkNumber(type, SECOND)));
  return expression("nat", networkNumber(1, NAT_DESTINATION), networkNumber(2, family), ...range);
}

function accept(): Uint8Array {
  return expression("immediate", networkNumber(1, VERDICT), nested(2, nested(2, networkNumber(1, NF_ACCEPT))));
}

function portBytes(port: number): Uint8Array {
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw new RangeError(`${port} isn't a port`);
  return Buffer.from([port >> 8, port & 255]);
}
