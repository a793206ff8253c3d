// Rules that look at arguments, as both our compiler and libseccomp (under Podman and Docker) understand them: for one
// call the rules never overlap unless they say the same, because there the order of rules means nothing.
// The kernel reads most of these arguments as 32 bits, so only those are compared: whatever stands above is ignored there.

import { ERRNO } from "../constants.js";
import type { OciAction, OciArg, OciRule } from "../oci.js";

const INT = 0xffffffff;

const FAMILY = { unix: 1, inet: 2, inet6: 10, netlink: 16 } as const;
const TYPE = { stream: 1, datagram: 2, raw: 3 } as const;
/** SOCK_TYPE_MASK: the bits above are SOCK_CLOEXEC and SOCK_NONBLOCK. */
const TYPE_MASK = 0xf;
const PROTOCOL = { icmp: 1, tcp: 6, udp: 17 } as const;

/** CLONE_NEW* bits that clone(2) takes; CLONE_NEWTIME is part of the exit signal there. */
const CLONE_NEW = [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000];

/**
 * TIOCSTI and TIOCLINUX type into the terminal, TIOCCONS takes the console's output, TIOCSETD loads line disciplines.
 * The same numbers on x86-64 and arm64.
 */
const TERMINAL_TAKEOVER = [0x5412, 0x541c, 0x541d, 0x5423];

/** PER_LINUX, PER_LINUX32, UNAME26, both, ADDR_NO_RANDOMIZE (debuggers), and the query. */
const PERSONALITIES = [0, 8, 0x20000, 0x20008, 0x40000, 0xffffffff];

export function cloneRules(): OciRule[] {
  const all = CLONE_NEW.reduce((mask, bit) => mask + bit, 0);
  return [
    rule("clone", "allow", [masked(0, all, 0)]),
    ...CLONE_NEW.map((bit) => rule("clone", ERRNO.EPERM, [masked(0, bit, bit)])),
  ];
}

export function ioctlRules(): OciRule[] {
  return [
    ...TERMINAL_TAKEOVER.map((command) => rule("ioctl", ERRNO.EPERM, [int(1, command)])),
    ...anyIntBut(1, TERMINAL_TAKEOVER).map((arg) => rule("ioctl", "allow", [arg])),
  ];
}

export function personalityRules(): OciRule[] {
  return PERSONALITIES.map((value) => rule("personality", "allow", [int(0, value)]));
}

/** AF_UNIX, TCP, UDP and, for listing the sandbox's own interfaces, NETLINK_ROUTE. */
export function socketRules(options: { readonly netlink: boolean }): OciRule[] {
  const known = [FAMILY.unix, FAMILY.inet, FAMILY.inet6, ...(options.netlink ? [FAMILY.netlink] : [])];
  const netlink = [
    rule("socket", "allow", [int(0, FAMILY.netlink), equal(2, 0)]),
    rule("socket", ERRNO.EPROTONOSUPPORT, [int(0, FAMILY.netlink), above(2, 0)]),
  ];
  return [
    rule("socket", "allow", [int(0, FAMILY.unix)]),
    ...internetRules(FAMILY.inet),
    ...internetRules(FAMILY.inet6),
    ...(options.netlink ? netlink : []),
    ...anyIntBut(0, known).map((arg) => rule("socket", ERRNO.EAFNOSUPPORT, [arg])),
    rule("socketpair", "allow", [int(0, FAMILY.unix)]),
    ...anyIntBut(0, [FAMILY.unix]).map((arg) => rule("socketpair", ERRNO.EAFNOSUPPORT, [arg])),
  ];
}

/** Go and others fall back on TCP when multipath TCP (262) is a protocol that isn't supported. */
function internetRules(family: number): OciRule[] {
  const make = (type: number, protocol: OciArg, answer: number | "allow"): OciRule =>
    rule("socket", answer, [int(0, family), masked(1, TYPE_MASK, type), protocol]);
  return [
    make(TYPE.stream, equal(2, 0), "allow"),
    make(TYPE.stream, equal(2, PROTOCOL.tcp), "allow"),
    make(TYPE.stream, above(2, PROTOCOL.tcp), ERRNO.EPROTONOSUPPORT),
    make(TYPE.datagram, equal(2, 0), "allow"),
    make(TYPE.datagram, equal(2, PROTOCOL.udp), "allow"),
    make(TYPE.datagram, equal(2, PROTOCOL.icmp), ERRNO.EPROTONOSUPPORT),
    make(TYPE.datagram, above(2, PROTOCOL.udp), ERRNO.EPROTONOSUPPORT),
    rule("socket", ERRNO.EPERM, [int(0, family), masked(1, TYPE_MASK, TYPE.raw)]),
  ];
}

/**
 * Conditions of which exactly one holds for every 32-bit value but those given: OCI has no "none of these". Each takes
 * the values that agree with a given one above some bit and differ in it.
 */
export function anyIntBut(index: number, values: readonly number[]): OciArg[] {
  const found: OciArg[] = [];
  const visit = (prefix: number, bits: number): void => {
    const size = 2 ** (32 - bits);
    if (!values.some((value) => value >= prefix && value < prefix + size))
      found.push(masked(index, 2 ** 32 - size, prefix));
    else if (bits < 32) {
      visit(prefix, bits + 1);
      visit(prefix + size / 2, bits + 1);
    }
  };
  visit(0, 0);
  return found;
}

function rule(name: string, answer: number | "allow", args: readonly OciArg[]): OciRule {
  const action: OciAction = answer === "allow" ? "SCMP_ACT_ALLOW" : "SCMP_ACT_ERRNO";
  return { names: [name], action, ...(answer === "allow" ? {} : { errnoRet: answer }), args };
}

function masked(index: number, mask: number, value: number): OciArg {
  return { index, value: mask, valueTwo: value, op: "SCMP_CMP_MASKED_EQ" };
}

function int(index: number, value: number): OciArg {
  return masked(index, INT, value);
}

function equal(index: number, value: number): OciArg {
  return { index, value, op: "SCMP_CMP_EQ" };
}

function above(index: number, value: number): OciArg {
  return { index, value, op: "SCMP_CMP_GT" };
}
