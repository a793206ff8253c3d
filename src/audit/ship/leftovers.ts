// What earlier runs of the user left in their spools: delivered by whoever comes next, one process at a time for each run.
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../core/error.js";
import { printable } from "../../core/text.js";
import { shownAddress } from "../../policy/shipping.js";
import { Lane, type LaneReport } from "./lane.js";
import { tryLock } from "./lock.js";
import { readNote } from "./note.js";
import { openReceiver, type ShipContext } from "./open.js";
import { lockOf, removeEmpty } from "./shipper.js";
import { Spool } from "./spool.js";

export interface LeftoverReport extends LaneReport {
  readonly run: string;
}

interface Opened {
  readonly run: string;
  readonly folder: string;
  readonly name: string;
  /** Undefined when it can't be opened: then `problem` says why. */
  readonly lane?: Lane;
  readonly problem?: string;
  readonly waiting?: number;
}

/** Spools that nobody is at, open and on their way. `finish` must be called. */
export class Leftovers {
  readonly #folder: string;
  readonly #opened: readonly Opened[];
  readonly #unlocks: readonly (readonly [run: string, unlock: () => void])[];

  /** `folder`: all spools of the user. */
  constructor(folder: string, context: ShipContext) {
    this.#folder = folder;
    // A folder without a lock, and a lock without a folder, are what a killed process leaves.
    const runs = new Set(namesIn(folder).map((name) => name.replace(/\.lock$/, "")));
    this.#unlocks = [...runs].filter(isRunName).flatMap((run) => {
      const unlock = tryLock(lockOf(join(folder, run)));
      return unlock === undefined ? [] : [[run, unlock] as const];
    });
    this.#opened = this.#unlocks.flatMap(([run]) => openRun(join(folder, run), run, context));
  }

  async finish(withinMs: number): Promise<readonly LeftoverReport[]> {
    await Promise.all(this.#opened.map(({ lane }) => lane?.finish(withinMs)));
    const reports = this.#opened.map((opened) => reportOf(opened));
    for (const [run, unlock] of this.#unlocks) {
      removeEmpty(join(this.#folder, run));
      unlock();
    }
    removeEmpty(this.#folder);
    return reports;
  }
}

function reportOf({ run, folder, name, lane, problem, waiting = 0 }: Opened): LeftoverReport {
  if (lane === undefined) return { run, name, waiting, delivered: 0, ...(problem === undefined ? {} : { problem }) };
  const report = lane.report();
  if (report.waiting === 0) rmSync(folder, { recursive: true, force: true });
  return { run, ...report };
}

function isRunName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(name);
}

function openRun(folder: string, run: string, context: ShipContext): readonly Opened[] {
  return namesIn(folder)
    .filter((name) => /^\d{1,4}$/.test(name))
    .map((lane) => openLane({ folder: join(folder, lane), run, lane }, context));
}

interface LanePlace {
  readonly folder: string;
  readonly run: string;
  readonly lane: string;
}

function openLane(place: LanePlace, context: ShipContext): Opened {
  const { folder, run } = place;
  let name = folder;
  try {
    const note = readNote(folder);
    // Killed before it wrote one, and so before any line.
    if (note === undefined) return { run, folder, name };
    name = shownAddress(note.to);
    const spool = new Spool(place);
    try {
      const receiver = openReceiver(note, context);
      return { run, folder, name, lane: new Lane({ name, spool, receiver, batch: note.batch }) };
    } catch (error) {
      spool.close();
      return { run, folder, name, waiting: spool.countLines(), problem: printable(messageOf(error), 300) };
    }
  } catch (error) {
    return { run, folder, name, problem: printable(messageOf(error), 300) };
  }
}

export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
