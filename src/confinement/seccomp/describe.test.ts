import assert from "node:assert/strict";
import { test } from "node:test";
import { compileSeccomp } from "./compile.js";
import { describe, describeReturn } from "./describe.js";
import type { OciSeccomp } from "./oci.js";

test("a program reads as one line for each instruction", () => {
  const profile: OciSeccomp = {
    defaultAction: "SCMP_ACT_ERRNO",
    defaultErrnoRet: 38,
    syscalls: [
      { names: ["read"], action: "SCMP_ACT_ALLOW" },
      { names: ["write"], action: "SCMP_ACT_ALLOW", args: [{ index: 0, value: 2, op: "SCMP_CMP_LE" }] },
    ],
  };
  assert.deepEqual(describe(compileSeccomp({ profile, arch: "arm64" }).program), [
    " 0: load architecture",
    " 1: == arm64 ? 3 : 2",
    " 2: kill the process",
    " 3: load number",
    " 4: >= 64 ? 6 : 5",
    " 5: >= 63 ? 12 : 13",
    " 6: >= 65 ? 13 : 7",
    " 7: load argument 0 high",
    " 8: > 0x0 ? 13 : 9",
    " 9: == 0x0 ? 10 : 12",
    "10: load argument 0 low",
    "11: > 0x2 ? 13 : 12",
    "12: allow",
    "13: errno 38",
  ]);
});

test("every answer of a filter has words", () => {
  assert.equal(describeReturn(0x7fc00000), "ask the guard");
  assert.equal(describeReturn(0x80000000), "kill the process");
  assert.equal(describeReturn(0x12345678), "unknown action 0x12345678");
});
