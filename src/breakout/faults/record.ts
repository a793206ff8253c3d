// What a run's record is worth after a fault: whether it verifies, and whether it holds every event that was told.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Broken } from "./types.js";

export interface Proof {
  /** Lines of the record that are events. */
  readonly events: number;
  /** `finished`, `open` or `running`, of all records in the folder. */
  readonly states: readonly string[];
  readonly gaps: number;
  /** Types of the events, in order. */
  readonly types: readonly string[];
}

interface Told {
  readonly records?: readonly {
    readonly state: string;
    readonly findings: readonly { readonly message: string }[];
    readonly gaps: readonly unknown[];
  }[];
}

type Verify = () => Promise<{ readonly code: number | null; readonly output: string }>;

/** Throws what is wrong with it. */
export async function proofOf(eventFile: string, state: string, verify: Verify): Promise<Proof> {
  const told = linesOf(eventFile);
  const folder = join(state, "audit");
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".jsonl")) : [];
  const kept = names.flatMap((name) => linesOf(join(folder, name)));
  // A line of the record is the event's with one more member at its end.
  const heads = new Set(kept.map((line) => line.replace(/,"prev":"[0-9a-f]{64}"\}$/, "}")));
  const lost = told.filter((line) => !heads.has(line));
  if (lost.length > 0) throw new Broken(`${lost.length} of ${told.length} events aren't in the record: ${lost[0]}`);
  const { code, output } = await verify();
  const { records = [] } = parsed(output);
  const findings = records.flatMap((record) => record.findings);
  if (code !== 0 || findings.length > 0)
    throw new Broken(`the record doesn't verify: ${findings[0]?.message ?? output.slice(0, 300)}`);
  return {
    events: told.length,
    states: records.map((record) => record.state),
    gaps: records.reduce((sum, record) => sum + record.gaps.length, 0),
    types: told.map((line) => /"type":"([^"]+)"/.exec(line)?.[1] ?? ""),
  };
}

/** Whole lines only: the last may have been cut. */
function linesOf(file: string): readonly string[] {
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : [];
}

function parsed(output: string): Told {
  try {
    // Checked border: printed by Cordon itself; what is missing in it counts as a record that doesn't verify.
    return JSON.parse(output.slice(output.indexOf("{"))) as Told;
  } catch {
    return {};
  }
}
