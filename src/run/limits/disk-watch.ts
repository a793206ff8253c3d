// Ends a run whose granted folders have grown too much. Free space of their file systems is looked at often and costs nothing; the
// folders are walked only when that says that it could matter by now.
import { lstatSync, statfsSync } from "node:fs";
import type { Plan } from "../../plan/types.js";
import { monotonicMs } from "../clock.js";
import { orUndefined } from "../usage/processes.js";
import type { Usage } from "../usage.js";
import { DiskScan } from "./disk-scan.js";
import { byWhom, type Culprit } from "./hits.js";
import { stopFor, type WatchParts } from "./stop.js";

const LEAST_BYTES = 2 * 1024 * 1024;
/** Somebody else who frees space at the same time hides what the run takes; so now and then it is looked at without a sign. */
const AFTER_CHANGE_MS = 3_000;
const ALWAYS_MS = 30_000;
/** A program that ends well on SIGTERM may do so; one that goes on writing can't do so for long. */
const GRACE_MS = 250;
const LAST_MS = 1_000;
/** A file isn't cut at its last byte when the next piece doesn't fit. */
const FULL = 0.95;

export class DiskWatch {
  readonly #limit: number;
  readonly #parts: WatchParts;
  readonly #scan: DiskScan;
  /** Free bytes by device, and where to ask. */
  readonly #places: ReadonlyMap<number, string>;
  readonly #atStart: ReadonlyMap<number, number>;
  #atScan: ReadonlyMap<number, number>;
  #used = 0;
  #scannedAtMs = 0;
  #busy = false;
  #over = false;
  #writer: Culprit | undefined;

  constructor(limit: number, roots: readonly string[], parts: WatchParts) {
    this.#limit = limit;
    this.#parts = parts;
    this.#scan = new DiskScan(roots, Date.now());
    this.#places = placesOf(roots);
    this.#atStart = this.#free();
    this.#atScan = this.#atStart;
  }

  /** While the sandbox is being built and after that; nothing waits for it. */
  begin(): void {
    void this.#scan.baseline(() => this.#over).catch(() => undefined);
  }

  close(): void {
    this.#over = true;
  }

  /** When everything inside is dead: a file that may get no larger doesn't make the run end, but has reached the limit. */
  async last(): Promise<void> {
    if (this.#over || drop(this.#atStart, this.#free()) < this.#limit / 2) return;
    const endsAtMs = monotonicMs() + LAST_MS;
    const { bytes } = await this.#scan.grown(() => monotonicMs() > endsAtMs);
    this.#over = true;
    if (bytes < this.#limit * FULL) return;
    const culprit = byWhom(this.#writer);
    this.#parts.hits.tell({ limit: "disk", value: this.#limit, used: bytes, ...culprit, action: "refused" });
  }

  tick({ writer }: Usage, nowMs: number): void {
    if (writer !== undefined) this.#writer = writer;
    if (this.#busy || this.#over || !this.#isDue(nowMs)) return;
    this.#busy = true;
    this.#scannedAtMs = nowMs;
    const done = () => {
      this.#busy = false;
    };
    this.#measure().then(done, done);
  }

  #isDue(nowMs: number): boolean {
    const taken = drop(this.#atScan, this.#free());
    const sinceMs = nowMs - this.#scannedAtMs;
    if (taken >= Math.max(LEAST_BYTES, (this.#limit - this.#used) / 2)) return true;
    return sinceMs >= ALWAYS_MS || (taken > 0 && sinceMs >= AFTER_CHANGE_MS);
  }

  async #measure(): Promise<void> {
    const free = this.#free();
    const named = await this.#scan.grown(() => this.#over);
    const unnamed = await this.#scan.unnamed(this.#parts.reader.processes, new Set(this.#places.keys()));
    this.#atScan = free;
    this.#used = named.bytes + unnamed.bytes;
    // SECURITY: what a process hides is taken for the worst that can be.
    const used = unnamed.hidden ? Math.max(this.#used, drop(this.#atStart, free)) : this.#used;
    if (used < this.#limit || this.#over) return;
    this.#over = true;
    stopFor(this.#parts, { limit: "disk", value: this.#limit, used, culprit: this.#writer, graceMs: GRACE_MS });
  }

  #free(): ReadonlyMap<number, number> {
    const free = [...this.#places].flatMap(([device, path]) => {
      const status = orUndefined(() => statfsSync(path));
      return status === undefined ? [] : [[device, status.bfree * status.bsize] as const];
    });
    return new Map(free);
  }
}

/** What is writable on the host: bound files and folders, those within others left out. */
export function writableRoots({ mounts }: Plan): readonly string[] {
  const sources = mounts.flatMap((mount) =>
    mount.kind === "bind" && mount.access === "write" && (mount.type === "directory" || mount.type === "file")
      ? [mount.source]
      : [],
  );
  return [...new Set(sources)].filter(
    (source) => !sources.some((other) => other !== source && source.startsWith(other === "/" ? "/" : `${other}/`)),
  );
}

function placesOf(roots: readonly string[]): ReadonlyMap<number, string> {
  const places = roots.flatMap((root) => {
    const status = orUndefined(() => lstatSync(root));
    return status === undefined ? [] : [[status.dev, root] as const];
  });
  return new Map(places);
}

function drop(before: ReadonlyMap<number, number>, now: ReadonlyMap<number, number>): number {
  return [...before].reduce((sum, [device, bytes]) => sum + Math.max(0, bytes - (now.get(device) ?? bytes)), 0);
}
