// The receivers of one run: each line goes into the spool of each, and from there on its way. Taking a line never waits for a receiver.
// What isn't delivered when the run ends stays in the spool, for a later run or `cordon audit ship`.
import { mkdirSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { CordonError, messageOf } from "../../core/error.js";
import { formatSize } from "../../core/units.js";
import { shownAddress } from "../../policy/shipping.js";
import type { ShipSetting } from "../../policy/types.js";
import { readAuthority } from "./keys.js";
import { Lane, type LaneReport } from "./lane.js";
import { tryLock } from "./lock.js";
import { writeNote } from "./note.js";
import { openReceiver, type ShipContext } from "./open.js";
import { Spool } from "./spool.js";

export interface ShipperOptions {
  /** All spools of the user: `<audit.dir>/spool`. */
  readonly folder: string;
  readonly run: string;
  readonly receivers: readonly ShipSetting[];
  readonly context: ShipContext;
  /** A line couldn't be kept: the spool is full, or the disk is. Told once for each receiver. */
  readonly lost: (name: string, reason: string) => void;
  /** A receiver won't keep so many lines. */
  readonly refused: (name: string, count: number, reason: string) => void;
}

interface Track {
  readonly lane: Lane;
  readonly spool: Spool;
  readonly maxBytes: number;
  lost: number;
  /** Lines are being left out: shorter ones that would still fit are as well, or the receiver would have a hole for each. */
  inGap: boolean;
}

export interface ShipReport extends LaneReport {
  /** Lines that were left out because the spool was full. */
  readonly lost: number;
}

/** Beyond the bound, so that the last words of a run that is ended for a full spool still fit. */
const RESERVE_BYTES = 256 * 1024;

export class Shipper {
  readonly #options: ShipperOptions;
  readonly #folder: string;
  readonly #unlock: () => void;
  readonly #tracks: readonly Track[];
  /** Told once each: telling makes another line, which comes here again. */
  readonly #told = new Set<Track>();

  /** Throws a CordonError when a key isn't there, or the spool can't be made. */
  constructor(options: ShipperOptions) {
    this.#options = options;
    this.#folder = join(options.folder, options.run);
    mkdirSync(options.folder, { recursive: true, mode: 0o700 });
    // Before there is a folder: nobody ever finds one of a living run unlocked.
    const unlock = tryLock(lockOf(this.#folder));
    if (unlock === undefined) throw new CordonError("internal", `the spool of ${options.run} is in use`);
    this.#unlock = unlock;
    try {
      this.#tracks = options.receivers.map((setting, index) => this.#track(setting, index));
    } catch (error) {
      rmSync(this.#folder, { recursive: true, force: true });
      unlock();
      throw error;
    }
  }

  /** A line of the record, without the character that ends it. */
  take(line: string): void {
    for (const track of this.#tracks) this.#give(track, line);
  }

  /** After the last line: a bounded time for what waits. What is delivered then leaves nothing behind. */
  async finish(withinMs: number): Promise<readonly ShipReport[]> {
    await Promise.all(this.#tracks.map(({ lane }) => lane.finish(withinMs)));
    const reports = this.#tracks.map(({ lane, lost }) => ({ ...lane.report(), lost }));
    removeDelivered(this.#folder, reports);
    removeEmpty(this.#folder);
    this.#unlock();
    removeEmpty(this.#options.folder);
    return reports;
  }

  #track(setting: ShipSetting, index: number): Track {
    const { to, batch, spoolBytes, ca: caFile, ...keys } = setting;
    const { run, context, refused } = this.#options;
    const ca = caFile === undefined ? {} : { ca: readAuthority(caFile) };
    const receiver = openReceiver({ to, ...keys, ...ca }, context);
    const folder = join(this.#folder, String(index));
    const spool = new Spool({ folder, run, lane: String(index) });
    writeNote(folder, { to, ...keys, ...ca, run, batch });
    const lane = new Lane({ name: shownAddress(to), spool, receiver, batch, refused });
    return { lane, spool, maxBytes: spoolBytes, lost: 0, inGap: false };
  }

  #give(track: Track, line: string): void {
    const { spool, lane, maxBytes } = track;
    const bytes = spool.bytes + line.length;
    // A gap lasts until half of the bound is free again.
    track.inGap = track.inGap ? bytes > maxBytes / 2 : bytes > maxBytes + RESERVE_BYTES;
    try {
      if (track.inGap) track.lost += 1;
      else spool.append(line);
    } catch (error) {
      track.lost += 1;
      this.#lose(track, `its spool can't be written: ${messageOf(error)}`);
    }
    if (bytes > maxBytes) this.#lose(track, `its spool of ${formatSize(maxBytes)} is full`);
    lane.poke();
  }

  #lose(track: Track, reason: string): void {
    if (this.#told.has(track)) return;
    this.#told.add(track);
    this.#options.lost(track.lane.name, reason);
  }
}

/** Beside the spool's folder. */
export function lockOf(folder: string): string {
  return `${folder}.lock`;
}

/** Folders of receivers that have everything. */
export function removeDelivered(folder: string, reports: readonly LaneReport[]): void {
  for (const [index, { waiting }] of reports.entries())
    if (waiting === 0) rmSync(join(folder, String(index)), { recursive: true, force: true });
}

export function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Something waits in it.
  }
}
