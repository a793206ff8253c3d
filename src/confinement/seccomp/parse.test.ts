import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compileSeccomp } from "./compile.js";
import { parseOciSeccomp } from "./parse.js";
import { defaultProfile } from "./profiles/default.js";
import { strictProfile } from "./profiles/strict.js";

const MINIMAL = { defaultAction: "SCMP_ACT_ERRNO", syscalls: [{ names: ["read"], action: "SCMP_ACT_ALLOW" }] };

function problems(value: unknown): readonly string[] {
  const parsed = parseOciSeccomp(value);
  return parsed.ok ? [] : parsed.problems;
}

test("the built-in profiles survive being written as JSON and read again, byte for byte in their program", () => {
  for (const profile of [defaultProfile, strictProfile]) {
    const parsed = parseOciSeccomp(JSON.parse(JSON.stringify(profile)));
    assert.ok(parsed.ok);
    const [before, after] = [profile, parsed.profile].map(
      (input) => compileSeccomp({ profile: input, arch: "x64" }).program,
    );
    assert.deepEqual(after, before);
  }
});

test("what Docker and Podman write in their own profiles is understood", () => {
  const engine = {
    ...MINIMAL,
    defaultErrnoRet: 38,
    defaultErrno: "ENOSYS",
    archMap: [{ architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X32"] }],
    syscalls: [
      { names: ["read"], action: "SCMP_ACT_ALLOW", args: [], comment: "", includes: {}, excludes: {} },
      {
        name: "write",
        action: "SCMP_ACT_ERRNO",
        errnoRet: 1,
        errno: "EPERM",
        args: null,
        includes: { caps: ["CAP_X"] },
      },
    ],
  };
  const parsed = parseOciSeccomp(engine);
  assert.ok(parsed.ok);
  assert.deepEqual(
    parsed.profile.syscalls.map((rule) => rule.names),
    [["read"], ["write"]],
  );
});

test("a problem says where it is and what was probably meant", () => {
  const arg = { index: 6, value: -1, op: "SCMP_CMP_EQUAL" };
  const bad = {
    defaultAction: "SCMP_ACT_ALOW",
    syscals: [],
    syscalls: [{ names: [], action: "SCMP_ACT_ERRNO", errnoRet: 5000, args: [arg] }, { names: ["read"] }, 7],
  };
  assert.deepEqual(
    problems(bad).map((line) => line.slice(0, line.indexOf(":"))),
    [
      "syscals",
      "defaultAction",
      "syscalls[0].names",
      "syscalls[0].errnoRet",
      "syscalls[0].args[0].index",
      "syscalls[0].args[0].value",
      "syscalls[0].args[0].op",
      "syscalls[1].action",
      "syscalls[2]",
    ],
  );
  assert.match(problems(bad)[0] ?? "", /Did you mean "syscalls"\?/);
  assert.match(problems(bad)[1] ?? "", /Did you mean "SCMP_ACT_ALLOW"\?/);
});

test("a number that JSON can't carry exactly is a problem rather than another number", () => {
  const rule = { names: ["read"], action: "SCMP_ACT_ALLOW", args: [{ index: 0, value: 2 ** 64, op: "SCMP_CMP_EQ" }] };
  assert.equal(problems({ ...MINIMAL, syscalls: [rule] }).length, 1);
});

test("notification is refused, as the one listener belongs to cordon-init", () => {
  assert.match(problems({ ...MINIMAL, defaultAction: "SCMP_ACT_NOTIFY" })[0] ?? "", /listener/);
  assert.match(problems({ ...MINIMAL, listenerPath: "/run/x" })[0] ?? "", /listener/);
});

test("a hostile file gives a few short, printable problems", () => {
  const wide = { ...MINIMAL, syscalls: [{ names: Array(100_000).fill("read"), action: "SCMP_ACT_ALLOW" }] };
  const deep = { ...MINIMAL, syscalls: Array(100_000).fill({}) };
  const wrong = { ...MINIMAL, syscalls: Array(4000).fill({ ["\u001b[2J".repeat(1000)]: "\u0000" }) };
  for (const value of [wide, deep, wrong, null, [], "x", 7, { ...MINIMAL, syscalls: { length: 3 } }]) {
    const found = problems(value);
    assert.ok(found.length > 0 && found.length <= 21);
    for (const line of found) assert.ok(line.length < 400 && !/\p{Cc}/u.test(line), JSON.stringify(line));
  }
});

test("whatever JSON is given, the answer is a profile or problems", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      for (const value of [
        a,
        { ...MINIMAL, syscalls: a },
        { ...MINIMAL, syscalls: [{ names: ["read"], action: a, args: b }] },
      ]) {
        const parsed = parseOciSeccomp(value);
        assert.ok(parsed.ok || parsed.problems.length > 0);
      }
    }),
    { numRuns: 300, seed: 5 },
  );
});
