import assert from "node:assert/strict";
import { test } from "node:test";
import { compileSeccomp } from "../compile.js";
import { type Architecture, AUDIT_ARCH, ERRNO, RET } from "../constants.js";
import { guardOverrides, withNesting } from "../guard.js";
import { interpret } from "../interpret.js";
import { syscallNumbers } from "../rules.js";
import { anyIntBut } from "./arguments.js";
import { CONDITIONAL, FORBIDDEN, MISSING, NESTING, ORDINARY, UNCOMMON } from "./calls.js";
import { defaultProfile } from "./default.js";
import { strictProfile } from "./strict.js";

const ARCHES: readonly Architecture[] = ["x64", "arm64"];

test("every system call of the tables is in exactly one list, and every listed name exists", () => {
  const lists = { ORDINARY, UNCOMMON, NESTING, FORBIDDEN, MISSING, CONDITIONAL };
  const listed = Object.values(lists).flat();
  const existing = new Set(ARCHES.flatMap((arch) => Object.keys(syscallNumbers(arch))));
  assert.deepEqual(
    listed.filter((name) => !existing.has(name)),
    [],
  );
  assert.deepEqual(
    [...existing].filter((name) => !listed.includes(name)),
    [],
  );
  assert.deepEqual(
    listed.filter((name, at) => listed.indexOf(name) !== at),
    [],
  );
});

test("a call of a kernel to come doesn't exist inside", () => {
  for (const arch of ARCHES) {
    for (const profile of [defaultProfile, strictProfile, withNesting(defaultProfile)]) {
      const { program } = compileSeccomp({ profile, arch });
      for (let nr = 470; nr < 700; nr++) {
        assert.equal(interpret(program, { nr, arch: AUDIT_ARCH[arch], args: [] }), RET.errno + ERRNO.ENOSYS);
      }
    }
  }
});

test("the conditions for any value but some hold exactly once for every other value", () => {
  const values = [0x5412, 0x541c, 0x541d, 0x5423, 0, 0xffffffff];
  const args = anyIntBut(1, values);
  const matches = (value: number): number =>
    args.filter((arg) => (value & Number(arg.value)) >>> 0 === arg.valueTwo).length;
  for (const value of values) {
    assert.equal(matches(value), 0);
    for (let bit = 0; bit < 32; bit++) {
      const other = (value ^ (1 << bit)) >>> 0;
      assert.equal(matches(other), values.includes(other) ? 0 : 1);
    }
  }
});

test("opening a file goes to the guard exactly when the flags can change something", () => {
  const flags = { O_WRONLY: 1, O_RDWR: 2, access3: 3, O_CREAT: 0o100, O_TRUNC: 0o1000, O_TMPFILE: 0o20200000 };
  const harmless = [0, 0o2000000, 0o200000, 0o40000, 0o100000, 0o2000, 0o4000, 0o10000000, 0o2400000];
  for (const arch of ARCHES) {
    const { program } = compileSeccomp({ profile: defaultProfile, arch, overrides: guardOverrides(arch, "files") });
    const at = (name: string, args: bigint[]): number =>
      interpret(program, { nr: syscallNumbers(arch)[name] ?? -1, arch: AUDIT_ARCH[arch], args });
    for (const [name, before] of arch === "x64"
      ? ([
          ["openat", [0n, 0n]],
          ["open", [0n]],
        ] as const)
      : ([["openat", [0n, 0n]]] as const)) {
      for (const value of Object.values(flags)) assert.equal(at(name, [...before, BigInt(value)]), RET.userNotif);
      for (const value of harmless) {
        assert.equal(at(name, [...before, BigInt(value)]), RET.allow);
        // The kernel doesn't see the high word of an int.
        assert.equal(at(name, [...before, BigInt(value) | (0xffffffffn << 32n)]), RET.allow);
        assert.equal(at(name, [...before, BigInt(value | 1) | (0xffffffffn << 32n)]), RET.userNotif);
      }
    }
    for (const name of [
      "mkdirat",
      "unlinkat",
      "renameat2",
      "linkat",
      "symlinkat",
      "mknodat",
      "truncate",
      "fchmod",
      "fchmodat",
      "bind",
      "umask",
    ]) {
      assert.equal(at(name, []), RET.userNotif, name);
    }
    assert.equal(at("openat2", []), RET.errno + ERRNO.ENOSYS);
    assert.equal(at("read", []), RET.allow);
  }
});

test("without nesting the calls for namespaces and mounts are refused, with it they are allowed", () => {
  const { program } = compileSeccomp({ profile: defaultProfile, arch: "x64" });
  const nested = compileSeccomp({ profile: withNesting(defaultProfile), arch: "x64" }).program;
  const numbers = syscallNumbers("x64");
  for (const name of NESTING) {
    const data = { nr: numbers[name] ?? -1, arch: AUDIT_ARCH.x64, args: [] };
    assert.equal(interpret(program, data), RET.errno + ERRNO.EPERM, name);
    assert.equal(interpret(nested, data), RET.allow, name);
  }
  const clone = { nr: numbers["clone"] ?? -1, arch: AUDIT_ARCH.x64, args: [0x10000011n] };
  assert.equal(interpret(program, clone), RET.errno + ERRNO.EPERM);
  assert.equal(interpret(nested, clone), RET.allow);
});
