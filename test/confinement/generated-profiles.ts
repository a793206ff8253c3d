// Profiles to compare with libseccomp: generated with a fixed seed within what its rules define, and one of the shape that
// container engines ship. For one call libseccomp defines the result only where rules can't both match; overlapping
// ranges give what no rule says there (docs/discoveries/libseccomp-overlapping-rules.md), so they aren't generated.

import fc from "fast-check";
import {
  OCI_OPERATORS,
  type OciAction,
  type OciArg,
  type OciRule,
  type OciSeccomp,
} from "../../src/confinement/seccomp/oci.js";

const NAMES = [
  "read",
  "write",
  "close",
  "lseek",
  "openat",
  "ioctl",
  "socket",
  "personality",
  "prctl",
  "kill",
  "umask",
  "futex",
];
const CONSTANTS = [0n, 1n, 2n, 3n, 7n, 8n, 0xffn, 0x7fffffffn, 0x80000000n, 0xffffffffn, 0x100000000n, 0x500000007n];
const MASKS = [0xffff_ffff_ffff_ffffn, 0xffffffffn, 0xfffffff8n, 0xfn, 0x7_0000_0003n, 0x8000_0000_0000_00ffn];
const ACTIONS: readonly (readonly [OciAction, number])[] = [
  ["SCMP_ACT_ALLOW", 1],
  ["SCMP_ACT_ERRNO", 5],
  ["SCMP_ACT_ERRNO", 4094],
  ["SCMP_ACT_KILL", 1],
  ["SCMP_ACT_KILL_PROCESS", 1],
  ["SCMP_ACT_LOG", 1],
  ["SCMP_ACT_NOTIFY", 1],
  ["SCMP_ACT_TRACE", 9],
  ["SCMP_ACT_TRAP", 1],
];

const answer = fc.constantFrom(...ACTIONS);
const anyArg = (index: number): fc.Arbitrary<OciArg> =>
  fc.record({
    index: fc.constant(index),
    value: fc.constantFrom(...CONSTANTS.slice(1)),
    valueTwo: fc.constantFrom(...CONSTANTS),
    op: fc.constantFrom(...OCI_OPERATORS),
  });
const furtherArgs = fc.subarray([3, 4, 5]).chain((indexes) => fc.tuple(...indexes.map(anyArg)));

type RuleShape = Omit<OciRule, "names">;

/** Rules told apart by the value under one mask, each with further conditions. */
const byValue = fc
  .record({
    index: fc.constantFrom(0, 1, 2),
    mask: fc.constantFrom(...MASKS),
    values: fc.uniqueArray(fc.constantFrom(...CONSTANTS), { minLength: 1, maxLength: 5 }),
    rest: fc.array(fc.tuple(furtherArgs, answer), { minLength: 5, maxLength: 5 }),
  })
  .map(({ index, mask, values, rest }): RuleShape[] => {
    const distinct = [...new Set(values.map((value) => value & mask))];
    return distinct.flatMap((valueTwo, at) => {
      const [args, [action, errnoRet]] = rest[at] ?? [[], ["SCMP_ACT_ALLOW", 1] as const];
      return [
        { action, errnoRet, args: [{ index, value: mask, valueTwo, op: "SCMP_CMP_MASKED_EQ" as const }, ...args] },
      ];
    });
  });

/** One rule with any conditions. */
const single = fc
  .tuple(fc.subarray([0, 1, 2, 3, 4, 5], { minLength: 1 }), answer)
  .chain(([indexes, [action, errnoRet]]) =>
    fc.tuple(...indexes.map(anyArg)).map((args): RuleShape[] => [{ action, errnoRet, args }]),
  );

/** Two rules on either side of a value. */
const bySide = fc
  .record({ index: fc.constantFrom(0, 5), value: fc.constantFrom(...CONSTANTS.slice(1)), below: answer, above: answer })
  .map(({ index, value, below, above }): RuleShape[] => [
    { action: below[0], errnoRet: below[1], args: [{ index, value, op: "SCMP_CMP_LT" }] },
    { action: above[0], errnoRet: above[1], args: [{ index, value, op: "SCMP_CMP_GE" }] },
  ]);

const whole = answer.map(([action, errnoRet]): RuleShape[] => [{ action, errnoRet }]);

const profile: fc.Arbitrary<OciSeccomp> = fc
  .record({
    defaults: answer,
    shapes: fc.array(fc.oneof(byValue, single, bySide, whole), { minLength: 2, maxLength: NAMES.length }),
  })
  .map(({ defaults: [defaultAction, defaultErrnoRet], shapes }) => ({
    defaultAction,
    defaultErrnoRet,
    syscalls: shapes.flatMap((shape, at) => shape.map((rule): OciRule => ({ ...rule, names: [NAMES[at] ?? "read"] }))),
  }));

export function generatedProfiles(count: number): OciSeccomp[] {
  return fc.sample(profile, { numRuns: count, seed: 618 });
}

/** What an engine's profile file looks like, unparsed: architecture maps, capabilities, kernels, old and unknown names. */
export const ENGINE_LIKE: unknown = {
  defaultAction: "SCMP_ACT_ERRNO",
  defaultErrnoRet: 1,
  archMap: [{ architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86", "SCMP_ARCH_X32"] }],
  syscalls: [
    {
      names: ["read", "write", "openat", "close", "mmap", "fcntl64", "_llseek", "futex", "exit_group"],
      action: "SCMP_ACT_ALLOW",
    },
    { names: ["ptrace"], action: "SCMP_ACT_ALLOW", includes: { minKernel: "4.8" } },
    ...[0, 8, 0x20000, 0x20008, 0xffffffff].map((value) => ({
      names: ["personality"],
      action: "SCMP_ACT_ALLOW",
      args: [{ index: 0, value, op: "SCMP_CMP_EQ" }],
    })),
    { names: ["socket"], action: "SCMP_ACT_ALLOW", args: [{ index: 0, value: 40, valueTwo: 0, op: "SCMP_CMP_NE" }] },
    { names: ["arch_prctl"], action: "SCMP_ACT_ALLOW", includes: { arches: ["amd64", "x32"] } },
    { names: ["clone", "mount", "setns", "unshare"], action: "SCMP_ACT_ALLOW", includes: { caps: ["CAP_SYS_ADMIN"] } },
    {
      names: ["clone"],
      action: "SCMP_ACT_ALLOW",
      args: [{ index: 0, value: 0x7e020000, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }],
      excludes: { caps: ["CAP_SYS_ADMIN"], arches: ["s390", "s390x"] },
    },
    { names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: 38, excludes: { caps: ["CAP_SYS_ADMIN"] } },
    // With an index twice, runc and crun take either condition.
    {
      names: ["kill"],
      action: "SCMP_ACT_ALLOW",
      args: [
        { index: 1, value: 9, op: "SCMP_CMP_EQ" },
        { index: 1, value: 15, op: "SCMP_CMP_EQ" },
      ],
    },
    { names: ["prctl"], action: "SCMP_ACT_ALLOW", args: [] },
    { names: ["prctl"], action: "SCMP_ACT_KILL_PROCESS", args: [{ index: 0, value: 38, op: "SCMP_CMP_EQ" }] },
  ],
};
