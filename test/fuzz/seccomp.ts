// Fuzzes seccomp profile files: any JSON, and profiles with odd values in them. What is accepted compiles (or is refused in words), for
// both architectures, to a program that ends on every path that is tried.
import assert from "node:assert/strict";
import fc from "fast-check";
import { compileSeccomp } from "../../src/confinement/seccomp/compile.js";
import { interpret } from "../../src/confinement/seccomp/interpret.js";
import { OCI_ACTIONS, OCI_OPERATORS } from "../../src/confinement/seccomp/oci.js";
import { parseOciSeccomp } from "../../src/confinement/seccomp/parse.js";
import { CordonError } from "../../src/core/error.js";
import { fuzz } from "./limit.js";

const KERNEL_MAX_INSTRUCTIONS = 4096;
const ARCHES = { x64: 0xc000003e, arm64: 0xc00000b7 } as const;

const number = fc.oneof(
  fc.nat(9),
  fc.integer(),
  fc.double(),
  fc.constantFrom(2 ** 32, 2 ** 53, 2 ** 64, -1, 0xffffffff),
);
const odd = fc.oneof({ weight: 9, arbitrary: number }, { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 1 }) });
const name = fc.oneof(
  fc.constantFrom("read", "write", "openat", "clone", "ioctl", "socket", "arch_prctl", "open", "nosuch"),
  fc.string({ maxLength: 4 }),
);
const action = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom(...OCI_ACTIONS) },
  { weight: 1, arbitrary: fc.string() },
);
const arg = fc.record(
  {
    index: fc.oneof({ weight: 9, arbitrary: fc.nat(5) }, odd),
    value: odd,
    valueTwo: odd,
    op: fc.oneof({ weight: 20, arbitrary: fc.constantFrom(...OCI_OPERATORS) }, fc.string()),
  },
  { requiredKeys: ["index", "value", "op"] },
);
const rule = fc.record(
  {
    names: fc.array(name, { maxLength: 4 }),
    action,
    errnoRet: odd,
    args: fc.array(arg, { maxLength: 4 }),
    comment: fc.string(),
    extra: fc.nat(),
  },
  { requiredKeys: ["names", "action"] },
);
const profile = fc.record(
  { defaultAction: action, defaultErrnoRet: odd, syscalls: fc.array(rule, { maxLength: 8 }) },
  { requiredKeys: ["defaultAction", "syscalls"] },
);
const value = fc.oneof({ weight: 8, arbitrary: profile }, { weight: 1, arbitrary: fc.jsonValue() });
const call = fc.record({
  nr: fc.oneof(fc.nat(470), fc.nat(0xffffffff)),
  args: fc.array(fc.bigInt(0n, 2n ** 64n - 1n), { maxLength: 6 }),
});

function compiled(json: unknown, arch: keyof typeof ARCHES): Uint8Array | undefined {
  const parsed = parseOciSeccomp(json);
  if (!parsed.ok) {
    assert.ok(parsed.problems.length > 0);
    for (const problem of parsed.problems) assert.match(problem, /^[^\p{Cc}]{5,800}$/u);
    return undefined;
  }
  try {
    return compileSeccomp({ profile: parsed.profile, arch }).program;
  } catch (error) {
    if (error instanceof CordonError) return undefined;
    throw error;
  }
}

await fuzz(
  fc.asyncProperty(value, fc.array(call, { minLength: 1, maxLength: 10 }), async (json, calls) => {
    for (const [arch, audit] of Object.entries(ARCHES)) {
      if (arch !== "x64" && arch !== "arm64") continue;
      const program = compiled(json, arch);
      if (program === undefined) continue;
      assert.ok(program.length / 8 <= KERNEL_MAX_INSTRUCTIONS);
      for (const { nr, args } of calls) interpret(program, { nr, arch: audit, args });
      assert.equal(interpret(program, { nr: 0, arch: 0x40000003, args: [] }), 0x80000000);
    }
  }),
);
