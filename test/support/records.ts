// The records of runs as a test sees them: the audit.dir of its own, the lines in it, and what `cordon audit verify` says of them.
import { readdirSync, readFileSync } from "node:fs";
import { cordonArgv, exec, type Result } from "./exec.js";
import type { Stage } from "./stage.js";

/** Options of `cordon run` for a record in the stage's own folder `state`. */
export function recordFlags(stage: Stage, ...more: readonly string[]): readonly string[] {
  return ["--set", `audit.dir=${stage.path("state")}`, ...more.flatMap((set) => ["--set", set])];
}

export function recordFiles(stage: Stage): readonly string[] {
  if (!stage.exists("state/audit")) return [];
  const names = readdirSync(stage.path("state/audit")).filter((name) => name.endsWith(".jsonl"));
  return names.sort().map((name) => stage.path("state/audit", name));
}

export function linesOf(file: string): readonly string[] {
  return readFileSync(file, "utf8").split("\n").slice(0, -1);
}

export interface VerifiedRecord {
  readonly run: string;
  readonly state: string;
  readonly events: number;
  readonly signedSeq: number;
  readonly chainedSeq: number;
  readonly tornBytes: number;
  readonly gaps: readonly unknown[];
  readonly findings: readonly { readonly kind: string; readonly fileLine: number; readonly message: string }[];
}

export function audit(stage: Stage, ...args: readonly string[]): Promise<Result> {
  return exec(cordonArgv("audit", ...args), { identity: stage.identity, cwd: stage.root });
}

/** Of all records in the stage's folder. */
export async function verifyAll(
  stage: Stage,
): Promise<{ readonly result: Result; readonly records: readonly VerifiedRecord[] }> {
  const result = await audit(stage, "verify", stage.path("state"), "--json");
  // Checked border: printed by the command under test; what is missing in it fails the assertions.
  const { records } = JSON.parse(result.stdout === "" ? '{"records":[]}' : result.stdout) as {
    readonly records: readonly VerifiedRecord[];
  };
  return { result, records };
}
