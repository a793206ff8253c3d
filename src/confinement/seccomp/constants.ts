// Numbers of the kernel's seccomp interface, the same on every architecture unless named.
// They are stated here rather than read from headers, because the generator runs where no header is.

export type Architecture = "x64" | "arm64";

/** AUDIT_ARCH_*: what the kernel puts into seccomp_data.arch. */
export const AUDIT_ARCH: Readonly<Record<Architecture, number>> = { x64: 0xc000003e, arm64: 0xc00000b7 };

/** Numbers from here on are the x32 interface of x86-64, whose calls take other structures than those that rules look at. */
export const X32_BIT = 0x40000000;

/** What a tracer sets to cancel a call; no architecture has a call of this number. */
export const NO_SYSCALL = 0xffffffff;

/** SECCOMP_RET_*: the upper half is the action, the lower its data. */
export const RET = {
  killProcess: 0x80000000,
  killThread: 0x00000000,
  trap: 0x00030000,
  errno: 0x00050000,
  userNotif: 0x7fc00000,
  trace: 0x7ff00000,
  log: 0x7ffc0000,
  allow: 0x7fff0000,
} as const;

/** Largest errno that the kernel hands on; larger ones become this. */
export const MAX_ERRNO = 4095;

export const ERRNO = {
  EPERM: 1,
  ENOSYS: 38,
  EPROTONOSUPPORT: 93,
  EOPNOTSUPP: 95,
  EAFNOSUPPORT: 97,
} as const;

/** Longest program that the kernel takes (BPF_MAXINSNS). */
export const MAX_INSTRUCTIONS = 4096;

/** Offsets in struct seccomp_data. */
export const DATA_NR = 0;
export const DATA_ARCH = 4;
export const DATA_SIZE = 64;

/** Offset of the low or high 32 bits of an argument, on a little-endian machine as both of ours are. */
export function argumentOffset(index: number, word: "low" | "high"): number {
  return 16 + 8 * index + (word === "high" ? 4 : 0);
}
