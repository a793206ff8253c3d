// For tests: records as a run writes them, in a folder of their own, and ways to change them as an attacker would.
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { posix } from "node:path";
import type { Event } from "../events/types.js";
import { SignatureChecker } from "./checkpoint.js";
import { knownKeys } from "./keys.js";
import { readLedger } from "./ledger.js";
import { Recorder, type RecorderOptions } from "./recorder.js";
import { listRecords, type RunRecord } from "./store.js";
import { type RunReport, verifyRun } from "./verify.js";

export const RUN = "test-0123abcd";

export interface Place {
  /** As audit.dir. */
  readonly dir: string;
  readonly records: string;
}

export function makePlace(cleanup: { after(undo: () => void): void }): Place {
  const dir = realpathSync(mkdtempSync(posix.join(tmpdir(), "cordon-audit-")));
  cleanup.after(() => rmSync(dir, { recursive: true, force: true }));
  return { dir, records: posix.join(dir, "audit") };
}

export function eventOf(seq: number, run = RUN): Event {
  const base = { seq, time: new Date(1_700_000_000_000 + seq * 7).toISOString(), run };
  return {
    ...base,
    type: "network.denied",
    host: `host-${seq}.example`,
    port: 443,
    reason: "no rule names it é\u2028",
  };
}

export function recorderOf(place: Place, options: Partial<RecorderOptions> = {}): Recorder {
  return new Recorder({
    run: RUN,
    dir: place.dir,
    rotate: { sizeBytes: 1e12, ageMs: 1e12 },
    sync: "off",
    onFailure: "stop",
    failed: (error) => {
      throw error;
    },
    ...options,
  });
}

export interface WrittenOptions extends Partial<RecorderOptions> {
  /** Without its last checkpoint, as after kill -9. */
  readonly open?: boolean;
}

export async function writeRecord(place: Place, events: number, options: WrittenOptions = {}): Promise<void> {
  const recorder = recorderOf(place, options);
  for (let seq = 1; seq <= events; seq++) recorder.record(eventOf(seq, options.run));
  if (options.open !== true) await recorder.close();
}

export function recordOf(place: Place, run = RUN): RunRecord {
  const record = listRecords(place.records).find((one) => one.run === run);
  if (record === undefined) throw new Error(`there is no record of ${run}`);
  return record;
}

export function verifyPlace(
  place: Place,
  options: { readonly run?: string; readonly ledger?: boolean } = {},
): RunReport {
  const { run = RUN, ledger = true } = options;
  const checker = new SignatureChecker(knownKeys(place.dir));
  const entry = ledger ? readLedger(place.records, checker).newest.get(run) : undefined;
  return verifyRun(recordOf(place, run), { checker, ...(entry === undefined ? {} : { ledger: entry }) });
}

/** The lines of a file without their newlines. */
export function linesOf(file: string): string[] {
  return readFileSync(file, "utf8").split("\n").slice(0, -1);
}

export function putLines(file: string, lines: readonly string[]): void {
  writeFileSync(file, lines.map((line) => `${line}\n`).join(""));
}
