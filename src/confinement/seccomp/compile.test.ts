// The compiled program against the meaning of the rules, for generated profiles, and the fixed parts of every program.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { actionValue, answer } from "../../../test/confinement/reference.js";
import { CordonError } from "../../core/error.js";
import { compileSeccomp } from "./compile.js";
import type { OverrideArg } from "./condition.js";
import { type Architecture, AUDIT_ARCH, RET } from "./constants.js";
import { decodeProgram } from "./instruction.js";
import { interpret } from "./interpret.js";
import { OCI_ACTIONS, OCI_OPERATORS, type OciArg, type OciRule, type OciSeccomp } from "./oci.js";
import { type OverrideRule, syscallNumbers } from "./rules.js";

const NAMES = ["read", "write", "close", "fstat", "openat", "ioctl", "socket", "clone", "umask", "mkdirat"];
const ARCHES: readonly Architecture[] = ["x64", "arm64"];

/** Few constants, with neighbours and high words, so that comparisons meet equal, smaller and larger values. */
const CONSTANTS = [
  0n,
  1n,
  2n,
  7n,
  8n,
  0xffn,
  0x100n,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  0x100000000n,
  0x100000007n,
];
const word = fc.oneof(fc.constantFrom(...CONSTANTS), fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }));
const index = fc.constantFrom(0, 1, 5);
const action = fc.constantFrom(...OCI_ACTIONS);
const ociArg: fc.Arbitrary<OciArg> = fc.oneof(
  fc.record({ index, value: word, valueTwo: word, op: fc.constantFrom(...OCI_OPERATORS) }),
  // Stretches of the low word, which become a search.
  fc.record({ index, bits: fc.integer({ min: 0, max: 32 }), valueTwo: word }).map(({ index, bits, valueTwo }) => {
    return { index, value: 2 ** 32 - 2 ** bits, valueTwo, op: "SCMP_CMP_MASKED_EQ" as const };
  }),
);
const overrideArg: fc.Arbitrary<OverrideArg> = fc.oneof(
  ociArg,
  fc.record({ index, value: word, op: fc.constant("any-bit" as const) }),
);
const names = fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 });
const errnoRet = fc.integer({ min: 0, max: 4095 });
const rule: fc.Arbitrary<OciRule> = fc.record({ names, action, errnoRet, args: fc.array(ociArg, { maxLength: 3 }) });
const override: fc.Arbitrary<OverrideRule> = fc.record({
  names,
  action,
  errnoRet,
  args: fc.array(overrideArg, { maxLength: 3 }),
});
const profile: fc.Arbitrary<OciSeccomp> = fc.record({
  defaultAction: action,
  defaultErrnoRet: errnoRet,
  syscalls: fc.array(rule, { maxLength: 12 }),
});

function profileOf(...syscalls: OciRule[]): OciSeccomp {
  return { defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 38, syscalls };
}

function run(program: Uint8Array, arch: Architecture, name: string, args: readonly bigint[] = []): number {
  return interpret(program, { nr: syscallNumbers(arch)[name] ?? -1, arch: AUDIT_ARCH[arch], args });
}

test("a compiled program answers every call as its rules say", () => {
  const args = fc.array(fc.array(word, { minLength: 6, maxLength: 6 }), { minLength: 4, maxLength: 12 });
  const property = fc.property(
    profile,
    fc.array(override, { maxLength: 6 }),
    fc.constantFrom(...ARCHES),
    args,
    (input, overrides, arch, tuples) => {
      const { program } = compileSeccomp({ profile: input, arch, overrides });
      const instructions = decodeProgram(program);
      for (const name of NAMES) {
        const nr = syscallNumbers(arch)[name] ?? -1;
        for (const tuple of tuples) {
          const got = interpret(instructions, { nr, arch: AUDIT_ARCH[arch], args: tuple });
          assert.equal(got, answer(input, overrides, { name, args: tuple }), `${arch} ${name}(${tuple})`);
        }
      }
    },
  );
  fc.assert(property, { numRuns: 1500, seed: 20260 });
});

test("a program with argument rules far beyond the reach of a short jump stays correct", () => {
  const rules = Array.from({ length: 400 }, (_, at): OciRule => {
    const args: OciArg[] = [{ index: 0, value: BigInt(at) << 33n, op: "SCMP_CMP_EQ" }];
    return { names: [at % 2 === 0 ? "ioctl" : "read"], action: "SCMP_ACT_ERRNO", errnoRet: at, args };
  });
  const { program } = compileSeccomp({ profile: profileOf(...rules), arch: "x64" });
  assert.ok(program.length / 8 > 1000);
  for (let at = 0; at < 400; at++) {
    assert.equal(run(program, "x64", at % 2 === 0 ? "ioctl" : "read", [BigInt(at) << 33n]), RET.errno + at);
    assert.equal(run(program, "x64", at % 2 === 0 ? "read" : "ioctl", [BigInt(at) << 33n]), RET.errno + 38);
  }
  assert.equal(run(program, "x64", "write"), RET.errno + 38);
});

test("a call of a foreign architecture ends the process, whatever the profile allows", () => {
  for (const arch of ARCHES) {
    const { program } = compileSeccomp({ profile: { defaultAction: "SCMP_ACT_ALLOW", syscalls: [] }, arch });
    for (const foreign of [0x40000003, 0x40000028, arch === "x64" ? AUDIT_ARCH.arm64 : AUDIT_ARCH.x64, 0, 0xffffffff]) {
      assert.equal(interpret(program, { nr: 0, arch: foreign, args: [] }), RET.killProcess);
    }
  }
});

test("the x32 numbers of x86-64 end the process, but not the -1 that a tracer sets to cancel a call", () => {
  const { program } = compileSeccomp({
    profile: profileOf({ names: ["read"], action: "SCMP_ACT_ALLOW" }),
    arch: "x64",
  });
  const at = (nr: number): number => interpret(program, { nr, arch: AUDIT_ARCH.x64, args: [] });
  for (const nr of [0x40000000, 0x40000001, 0x40000207, 0x7fffffff, 0x80000000, 0xfffffffe])
    assert.equal(at(nr), RET.killProcess);
  assert.equal(at(0xffffffff), RET.errno + 38);
  assert.equal(at(0x3fffffff), RET.errno + 38);
  assert.equal(at(0), RET.allow);
});

test("a name that the architecture doesn't have is skipped and listed", () => {
  const input = profileOf({ names: ["open", "no_such_call", "constructor", "openat"], action: "SCMP_ACT_ALLOW" });
  assert.deepEqual(compileSeccomp({ profile: input, arch: "x64" }).skipped, ["constructor", "no_such_call"]);
  assert.deepEqual(compileSeccomp({ profile: input, arch: "arm64" }).skipped, ["constructor", "no_such_call", "open"]);
});

test("an override never opens what the profile refuses", () => {
  const input = profileOf(
    { names: ["read"], action: "SCMP_ACT_ALLOW" },
    { names: ["mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 1 },
  );
  const overrides: OverrideRule[] = [{ names: ["read", "mkdirat", "openat"], action: "SCMP_ACT_NOTIFY" }];
  const { program } = compileSeccomp({ profile: input, arch: "x64", overrides });
  assert.equal(run(program, "x64", "read"), actionValue("SCMP_ACT_NOTIFY"));
  assert.equal(run(program, "x64", "mkdirat"), RET.errno + 1);
  assert.equal(run(program, "x64", "openat"), RET.errno + 38);
});

test("rules for other architectures, for capabilities and for newer kernels don't count", () => {
  const rules: OciRule[] = [
    { names: ["read"], action: "SCMP_ACT_ALLOW", includes: { arches: ["s390x"] } },
    { names: ["write"], action: "SCMP_ACT_ALLOW", includes: { arches: ["amd64"] } },
    { names: ["close"], action: "SCMP_ACT_ALLOW", includes: { caps: ["CAP_SYS_ADMIN"] } },
    { names: ["fstat"], action: "SCMP_ACT_ALLOW", excludes: { caps: ["CAP_SYS_ADMIN"], arches: ["s390"] } },
    { names: ["ioctl"], action: "SCMP_ACT_ALLOW", includes: { minKernel: "6.2" } },
    { names: ["umask"], action: "SCMP_ACT_ALLOW", includes: { minKernel: "4.8" } },
    { names: ["clone"], action: "SCMP_ACT_ALLOW", excludes: { minKernel: "5.0" } },
  ];
  const allowed = (kernel?: string): string[] => {
    const { program } = compileSeccomp({
      profile: profileOf(...rules),
      arch: "x64",
      ...(kernel === undefined ? {} : { kernel }),
    });
    return NAMES.filter((name) => run(program, "x64", name) === RET.allow);
  };
  assert.deepEqual(allowed(), ["write", "fstat", "umask"]);
  assert.deepEqual(allowed("6.2.0-39-generic"), ["write", "fstat", "ioctl", "umask"]);
});

test("a profile that is too large for the kernel is refused with a reason, quickly", () => {
  const args = (at: number): OciArg[] => [{ index: at % 6, value: at * 4096, op: "SCMP_CMP_GT" }];
  const rules = Array.from(
    { length: 4000 },
    (_, at): OciRule => ({ names: ["read"], action: "SCMP_ACT_ALLOW", args: args(at) }),
  );
  const started = performance.now();
  assert.throws(
    () => compileSeccomp({ profile: profileOf(...rules), arch: "x64" }),
    (error) => error instanceof CordonError && /4096 instructions/.test(error.message),
  );
  const many: OciRule[] = rules.map((one) => ({ ...one, names: Object.keys(syscallNumbers("x64")) }));
  assert.throws(() => compileSeccomp({ profile: profileOf(...many), arch: "x64" }), CordonError);
  const wide = rules.map((one, at): OciRule => {
    return { ...one, args: [{ index: 0, value: 2 ** 32 - 2 ** (at % 32), valueTwo: at, op: "SCMP_CMP_MASKED_EQ" }] };
  });
  assert.throws(() => compileSeccomp({ profile: profileOf(...wide), arch: "x64" }), CordonError);
  assert.ok(performance.now() - started < 5000);
});
