// Our compiler against libseccomp: both programs run in the interpreter, for every system call number and around every
// constant of the arguments, and must answer alike. libseccomp is only needed here, never at run time.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { compileSeccomp } from "../../src/confinement/seccomp/compile.js";
import { type Architecture, AUDIT_ARCH, RET } from "../../src/confinement/seccomp/constants.js";
import { withNesting } from "../../src/confinement/seccomp/guard.js";
import { decodeProgram } from "../../src/confinement/seccomp/instruction.js";
import { interpret } from "../../src/confinement/seccomp/interpret.js";
import type { OciArg, OciFilter, OciRule, OciSeccomp } from "../../src/confinement/seccomp/oci.js";
import { parseOciSeccomp } from "../../src/confinement/seccomp/parse.js";
import { defaultProfile } from "../../src/confinement/seccomp/profiles/default.js";
import { strictProfile } from "../../src/confinement/seccomp/profiles/strict.js";
import { syscallNumbers } from "../../src/confinement/seccomp/rules.js";
import { calls } from "./calls.js";
import { ENGINE_LIKE, generatedProfiles } from "./generated-profiles.js";
import { HAS_LIBSECCOMP, Libseccomp } from "./libseccomp.js";

const ARCHES: readonly Architecture[] = ["x64", "arm64"];
const GENERATED = 150;
const skip = HAS_LIBSECCOMP ? false : "libseccomp's header (libseccomp-dev) isn't installed";

describe("our programs and libseccomp's", { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), "cordon-libseccomp-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const library = HAS_LIBSECCOMP ? new Libseccomp(folder) : undefined;
  if (library === undefined) return;
  const allNames = [...new Set(ARCHES.flatMap((arch) => Object.keys(syscallNumbers(arch))))];
  const known = library.numbers(allNames);

  /** Without the calls that are newer than libseccomp: it can't place them on another architecture. */
  const onlyKnown = (profile: OciSeccomp): OciSeccomp => {
    const syscalls = profile.syscalls.map((rule) => ({
      ...rule,
      names: rule.names.filter((name) => known.get(name) !== undefined),
    }));
    return { ...profile, syscalls: syscalls.filter((rule) => rule.names.length > 0) };
  };

  const compare = (label: string, input: OciSeccomp, arch: Architecture): number => {
    const profile = onlyKnown(input);
    const ours = decodeProgram(compileSeccomp({ profile, arch }).program);
    const [theirProgram] = library.compile([{ profile: evaluated(profile, arch), arch }]);
    const theirs = decodeProgram(theirProgram ?? new Uint8Array());
    let tried = 0;
    for (const data of calls(profile, arch)) {
      const [got, wanted] = [interpret(ours, data), interpret(theirs, data)];
      if (got !== wanted) {
        const call = `${data.nr.toString(16)}(${data.args.map((arg) => arg.toString(16))}) on ${data.arch.toString(16)}`;
        assert.fail(`${label} ${arch}: ${call}: ours 0x${got.toString(16)}, libseccomp's 0x${wanted.toString(16)}`);
      }
      tried++;
    }
    return tried;
  };

  test("have the same numbers for every name that libseccomp knows", () => {
    const unknown: string[] = [];
    for (const [name, numbers] of known) {
      if (numbers === undefined) unknown.push(name);
      else for (const arch of ARCHES) assert.equal(numbers[arch], syscallNumbers(arch)[name], `${name} on ${arch}`);
    }
    // What is left is newer than the library, or made by uprobes only.
    for (const name of unknown)
      assert.ok((syscallNumbers("x64")[name] ?? 0) > 446 || /^u(ret)?probe$/.test(name), name);
  });

  for (const arch of ARCHES) {
    test(`answer alike for the built-in profiles on ${arch}`, () => {
      for (const [label, profile] of Object.entries({
        defaultProfile,
        strictProfile,
        nested: withNesting(defaultProfile),
      })) {
        assert.ok(compare(label, profile, arch) > 4000);
      }
    });

    test(`answer alike for ${GENERATED} generated profiles on ${arch}`, () => {
      let tried = 0;
      generatedProfiles(GENERATED).forEach((profile, at) => {
        tried += compare(`profile ${at}`, profile, arch);
      });
      assert.ok(tried > 500_000);
    });

    test(`answer alike for a container engine's kind of profile on ${arch}`, () => {
      const parsed = parseOciSeccomp(ENGINE_LIKE);
      assert.ok(parsed.ok);
      assert.ok(compare("engine", parsed.profile, arch) > 2000);
    });
  }

  test("differ where ranges of one argument meet: libseccomp allows what no rule allows, ours doesn't", () => {
    const read = (arg: OciArg): OciRule => ({ names: ["read"], action: "SCMP_ACT_ALLOW", args: [arg] });
    const syscalls = [
      read({ index: 0, op: "SCMP_CMP_GT", value: 0x5_0000_0007 }),
      read({ index: 0, op: "SCMP_CMP_LT", value: 2 }),
    ];
    const profile: OciSeccomp = { defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 38, syscalls };
    const ours = compileSeccomp({ profile, arch: "x64" }).program;
    for (const value of [2n, 7n, 8n, 0xffffffffn]) {
      assert.equal(interpret(ours, { nr: 0, arch: AUDIT_ARCH.x64, args: [value] }), RET.errno + 38);
    }
    // Not asserted of other versions: a later one may have mended it.
    const [theirs] = library.compile([{ profile, arch: "x64" }]);
    assert.ok(theirs !== undefined);
    const answer = interpret(theirs, { nr: 0, arch: AUDIT_ARCH.x64, args: [7n] });
    assert.ok(answer === RET.allow || answer === RET.errno + 38);
  });
});

/** runc's and crun's own step before libseccomp: rules for other architectures or for capabilities are left out. */
function evaluated(profile: OciSeccomp, arch: Architecture): OciSeccomp {
  const mine = arch === "x64" ? "amd64" : "arm64";
  const fits = ({ includes, excludes }: { includes?: OciFilter; excludes?: OciFilter }): boolean => {
    if (excludes?.arches?.includes(mine)) return false;
    if ((includes?.caps ?? []).length > 0) return false;
    return (includes?.arches ?? [mine]).length === 0 || (includes?.arches ?? [mine]).includes(mine);
  };
  return { ...profile, syscalls: profile.syscalls.filter(fits) };
}
