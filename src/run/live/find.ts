// The user's runs: those that run, and those whose supervisor is dead and that nobody has tidied up after. Other users' runs are never
// seen: their folders can't be entered.
import { CordonError } from "../../core/error.js";
import { printable } from "../../core/text.js";
import { RunFolder } from "./folder.js";
import { runRoots } from "./places.js";
import { bootId, isStopped, lives, parseRecord, type RunRecord } from "./record.js";

export interface FoundRun {
  readonly id: string;
  readonly name: string;
  readonly folder: RunFolder;
  /** Missing when the run is just being made, or its maker died at once. */
  readonly record?: RunRecord;
  /** `silent`: its supervisor lives and can't answer, because it is stopped. */
  readonly state: "alive" | "silent" | "lost";
}

/** Between making the folder and writing the record. */
const YOUNG_MS = 10_000;

type Env = Readonly<Record<string, string | undefined>>;

export function findRuns(env: Env): readonly FoundRun[] {
  const boot = bootId();
  const found = runRoots(env).flatMap((root) =>
    RunFolder.list(root).flatMap((id) => {
      const folder = RunFolder.open(root, id);
      return folder === undefined ? [] : [lookAt(folder, boot)];
    }),
  );
  return found.toSorted((a, b) => ((a.record?.started ?? "") < (b.record?.started ?? "") ? -1 : 1));
}

function lookAt(folder: RunFolder, boot: string): FoundRun {
  const { id } = folder;
  const name = id.slice(0, -9);
  const record = parseRecord(folder.readRecord());
  if (record === undefined || record.id !== id)
    return { id, name, folder, state: folder.ageMs() < YOUNG_MS ? "silent" : "lost" };
  const alive = record.boot === boot && lives(record.supervisor);
  return { id, name, folder, record, state: alive ? (isStopped(record.supervisor) ? "silent" : "alive") : "lost" };
}

/** By id, by name, or by the beginning of an id. Throws when none is meant, or more than one. */
export function chooseRun<Run extends Pick<FoundRun, "id" | "name">>(runs: readonly Run[], wanted: string): Run {
  const exact = runs.find(({ id }) => id === wanted);
  if (exact !== undefined) return exact;
  const named = runs.filter(({ name }) => name === wanted);
  const meant = named.length > 0 ? named : runs.filter(({ id }) => id.startsWith(wanted) && wanted !== "");
  const [first] = meant;
  if (first !== undefined && meant.length === 1) return first;
  const shown = printable(wanted, 80);
  if (first === undefined) {
    const list = runs.map(({ id }) => id);
    throw new CordonError("run-unknown", `there is no run "${shown}"`, {
      hint: list.length === 0 ? "nothing runs" : `there is ${list.join(", ")}`,
    });
  }
  throw new CordonError("run-unknown", `"${shown}" could be ${meant.map(({ id }) => id).join(" or ")}`, {
    hint: "name it by its id",
  });
}
