// Which calls a filter must be tried with: every number, and for a call whose arguments are looked at the values around
// every constant that they are compared with, in all combinations (a fixed sample of them when there are very many).

import { type Architecture, AUDIT_ARCH } from "../../src/confinement/seccomp/constants.js";
import type { SeccompData } from "../../src/confinement/seccomp/interpret.js";
import type { OciSeccomp } from "../../src/confinement/seccomp/oci.js";
import { syscallNumbers } from "../../src/confinement/seccomp/rules.js";

const MAX_COMBINATIONS = 1500;
const MASK = 0xffff_ffff_ffff_ffffn;
const ALWAYS = [0n, 1n, 0xffffffffn, 0x100000000n, MASK];

/** Numbers of all kinds: below and above the tables, the x32 interface and its borders, and what is negative as an int. */
export const NUMBERS: readonly number[] = [
  ...Array.from({ length: 601 }, (_, nr) => nr),
  ...[1000, 4096, 0xffff, 0x10000, 0x3ffffffe, 0x3fffffff],
  ...Array.from({ length: 601 }, (_, nr) => 0x40000000 + nr),
  ...[0x7fffffff, 0x80000000, 0xc000003e, 0xfffffffe, 0xffffffff],
];

/** AUDIT_ARCH_* of i386, arm, both of ours, riscv64, s390x, and nonsense. */
export const ARCHITECTURES: readonly number[] = [
  0x40000003, 0x40000028, 0xc000003e, 0xc00000b7, 0xc00000f3, 0x80000016, 0, 0xffffffff,
];

export function* calls(profile: OciSeccomp, arch: Architecture): Generator<SeccompData> {
  const native = AUDIT_ARCH[arch];
  const some = [1n, 0xfffffffffn, 2n, MASK, 0n, 0x1234n];
  for (const nr of NUMBERS) {
    yield { nr, arch: native, args: [] };
    yield { nr, arch: native, args: some };
  }
  for (const foreign of ARCHITECTURES)
    for (const nr of [0, 1, 59, 425, 0x40000001]) yield { nr, arch: foreign, args: [] };
  for (const [name, constants] of comparedConstants(profile)) {
    const nr = syscallNumbers(arch)[name];
    if (nr !== undefined) for (const args of combinations(constants)) yield { nr, arch: native, args };
  }
}

/** By name and argument index: what the argument is compared with. */
function comparedConstants(profile: OciSeccomp): Map<string, Map<number, Set<bigint>>> {
  const found = new Map<string, Map<number, Set<bigint>>>();
  for (const rule of profile.syscalls) {
    for (const name of rule.names) {
      for (const arg of rule.args ?? []) {
        const byIndex = found.get(name) ?? new Map<number, Set<bigint>>();
        const values = byIndex.get(arg.index) ?? new Set(ALWAYS);
        for (const constant of [BigInt(arg.value), BigInt(arg.valueTwo ?? 0)])
          for (const near of around(constant)) values.add(near);
        found.set(name, byIndex.set(arg.index, values));
      }
    }
  }
  return found;
}

function around(constant: bigint): bigint[] {
  const low = constant & 0xffffffffn;
  const near = [
    constant,
    constant - 1n,
    constant + 1n,
    constant ^ 0x10n,
    constant ^ (1n << 31n),
    constant ^ (1n << 32n),
  ];
  return [...near, constant ^ (1n << 63n), low, low | (0xffffffffn << 32n), ~constant].map((value) => value & MASK);
}

function* combinations(constants: ReadonlyMap<number, ReadonlySet<bigint>>): Generator<bigint[]> {
  const lists = [0, 1, 2, 3, 4, 5].map((index) => [...(constants.get(index) ?? [0n])]);
  const total = lists.reduce((product, list) => product * list.length, 1);
  // A stride without a common divisor with the list lengths visits them all evenly.
  const stride = total <= MAX_COMBINATIONS ? 1 : Math.floor(total / MAX_COMBINATIONS) | 1;
  for (let at = 0; at < total; at += stride) {
    let rest = at;
    yield lists.map((list) => {
      const value = list[rest % list.length] ?? 0n;
      rest = Math.floor(rest / list.length);
      return value;
    });
  }
}
