// Runs libseccomp on a profile, through the small C program beside this file, which it compiles first.
// What runc and crun do before they call libseccomp is done here: repeated indexes split, rules equal to the default left out.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Architecture } from "../../src/confinement/seccomp/constants.js";
import { OCI_OPERATORS, type OciSeccomp } from "../../src/confinement/seccomp/oci.js";
import { actionValue, splitRepeated } from "./reference.js";

/** enum scmp_compare. */
const OPERATORS = [
  "",
  "SCMP_CMP_NE",
  "SCMP_CMP_LT",
  "SCMP_CMP_LE",
  "SCMP_CMP_EQ",
  "SCMP_CMP_GE",
  "SCMP_CMP_GT",
  "SCMP_CMP_MASKED_EQ",
];

/** Seen from the compiled file, which lies one folder deeper than this one. */
const SOURCE = fileURLToPath(new URL("../../../test/confinement/libseccomp-harness.c", import.meta.url));

export const HAS_LIBSECCOMP = existsSync("/usr/include/seccomp.h");

export class Libseccomp {
  readonly #program: string;

  constructor(folder: string) {
    this.#program = join(folder, "harness");
    const compiler = process.env["CC"] ?? "cc";
    const built = spawnSync(
      compiler,
      ["-O1", "-Wall", "-Wextra", "-Werror", "-o", this.#program, SOURCE, "-lseccomp"],
      {
        encoding: "utf8",
        timeout: 60_000,
      },
    );
    if (built.status !== 0) throw new Error(`${compiler}: ${built.stderr}`);
  }

  /** libseccomp's number of each name; undefined where it doesn't know the name or the architecture doesn't have it. */
  numbers(names: readonly string[]): Map<string, Partial<Record<Architecture, number>> | undefined> {
    const lines = this.#ask(names.map((name) => `resolve ${name}`));
    return new Map(
      names.map((name, at) => {
        const [x64 = -1, arm64 = -1] = (lines[at] ?? "").split(" ").map(Number);
        const known = { ...(x64 < 0 ? {} : { x64 }), ...(arm64 < 0 ? {} : { arm64 }) };
        return [name, x64 === -1 ? undefined : known];
      }),
    );
  }

  /** The programs for profiles, in their order. */
  compile(inputs: readonly { readonly profile: OciSeccomp; readonly arch: Architecture }[]): Uint8Array[] {
    const lines = this.#ask(inputs.flatMap(({ profile, arch }) => commands(profile, arch)));
    return lines.map((line) => {
      if (line.startsWith("error")) throw new Error(`libseccomp refused: ${line}`);
      return new Uint8Array(Buffer.from(line, "hex"));
    });
  }

  #ask(input: readonly string[]): string[] {
    const run = spawnSync(this.#program, [], {
      input: `${input.join("\n")}\n`,
      encoding: "utf8",
      timeout: 120_000,
      maxBuffer: 2 ** 28,
    });
    if (run.status !== 0) throw new Error(`harness: status ${run.status} ${run.signal ?? ""}`);
    return run.stdout.trimEnd().split("\n");
  }
}

function commands(profile: OciSeccomp, arch: Architecture): string[] {
  const defaultValue = actionValue(profile.defaultAction, profile.defaultErrnoRet);
  const rules = profile.syscalls.flatMap(splitRepeated).flatMap((rule) => {
    const value = actionValue(rule.action, rule.errnoRet);
    if (value === defaultValue) return [];
    const args = (rule.args ?? []).map((arg) => {
      if (!OCI_OPERATORS.includes(arg.op)) throw new Error(arg.op);
      return `${arg.index} ${OPERATORS.indexOf(arg.op)} ${arg.value} ${arg.valueTwo ?? 0}`;
    });
    return rule.names.map((name) => ["rule", value, name, args.length, ...args].join(" "));
  });
  return [`filter ${arch} ${defaultValue}`, ...rules, "export"];
}
