// Holds limits of a whole run where there is no control group for it, by looking at its processes: memory by ending the run, processor
// time by letting it stand still for moments. It comes a little late by its nature; the docs say how late.
import { readFileSync } from "node:fs";
import { monotonicMs } from "../clock.js";
import { orUndefined, type ProcessUsage } from "../usage/processes.js";
import type { Usage } from "../usage.js";
import { byWhom, type Hits } from "./hits.js";
import { stopFor, type WatchParts } from "./stop.js";

/** Reading what is shared takes time: at most a tenth of the supervisor's. */
const PSS_SHARE = 10;
/** Of the limit, in data of one process: it gets no more. */
const FULL = 0.97;
/** Of the limit, from where on it is looked at closely. */
const NEARLY = 0.4;
const TELL_EVERY_MS = 5_000;

export class MemoryWatch {
  readonly #limit: number;
  readonly #parts: WatchParts;
  #nextExactMs = 0;
  #over = false;
  #near = false;

  constructor(limit: number, parts: WatchParts) {
    this.#limit = limit;
    this.#parts = parts;
  }

  /** It may be reached soon. */
  get near(): boolean {
    return this.#near;
  }

  tick(usage: Usage, nowMs: number): void {
    if (this.#over) return;
    this.#near = usage.memoryBytes > this.#limit * NEARLY;
    this.#tellOfOne();
    // Pages that processes share were counted for each of them; only the exact sum may end a run.
    if (usage.memoryBytes <= this.#limit || nowMs < this.#nextExactMs) return;
    const began = monotonicMs();
    const used = this.#parts.reader.processes.reduce((sum, process) => sum + exactBytes(process), 0);
    this.#nextExactMs = nowMs + (monotonicMs() - began) * PSS_SHARE;
    if (used <= this.#limit) return;
    this.#over = true;
    stopFor(this.#parts, { limit: "memory", value: this.#limit, used, culprit: usage.top, graceMs: 0 });
  }

  /** A process at its own limit gets no more from the kernel; that can't be seen, but that it stands there can. */
  #tellOfOne(): void {
    for (const process of this.#parts.reader.processes) {
      if (process.memoryBytes < this.#limit / 2) continue;
      const data = kilobytes(statusOf(process), "VmData") * 1024;
      if (data < this.#limit * FULL) continue;
      const hit = { limit: "memory", value: this.#limit, used: data, ...byWhom(process), action: "refused" } as const;
      this.#parts.hits.tell(hit, 1, TELL_EVERY_MS);
    }
  }
}

/** Shared pages by halves, thirds and so on, and what is swapped out. A process that hides this counts in full. */
function exactBytes(process: ProcessUsage): number {
  const rollup = orUndefined(() => readFileSync(`/proc/${process.pid}/smaps_rollup`, "utf8"));
  if (rollup?.includes("\nPss:") === true) return (kilobytes(rollup, "Pss") + kilobytes(rollup, "SwapPss")) * 1024;
  return process.memoryBytes + kilobytes(statusOf(process), "VmSwap") * 1024;
}

function statusOf({ pid }: ProcessUsage): string {
  return orUndefined(() => readFileSync(`/proc/${pid}/status`, "utf8")) ?? "";
}

function kilobytes(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text)?.[1] ?? 0);
}

/** The longest that everything stands still at once, so that nothing inside looks dead. */
const STILL_MS = 400;
/** Shorter isn't worth the work. */
const WORTH_MS = 15;
/** What wasn't used may be used later, but only so much of it. */
const CREDIT_MS = 200;

export class CpuWatch {
  readonly #share: number;
  readonly #parts: WatchParts;
  #last: { readonly atMs: number; readonly cpuMs: number } | undefined;
  #debtMs = 0;
  #still = false;

  constructor(share: number, parts: WatchParts) {
    this.#share = share;
    this.#parts = parts;
  }

  tick(usage: Usage, nowMs: number): void {
    const last = this.#last;
    this.#last = { atMs: nowMs, cpuMs: usage.cpuMs };
    if (last === undefined) return;
    const used = usage.cpuMs - last.cpuMs;
    this.#debtMs = Math.max(-CREDIT_MS * this.#share, this.#debtMs + used - (nowMs - last.atMs) * this.#share);
    const stillMs = Math.min(STILL_MS, this.#debtMs / this.#share);
    if (this.#still || stillMs < WORTH_MS) return;
    const value = Math.round(this.#share * 100);
    this.#parts.hits.tell({ limit: "cpu", value, ...byWhom(usage.busiest), action: "throttled" }, 1, 30_000);
    this.#still = true;
    const done = () => {
      this.#still = false;
    };
    this.#parts.control.standStill(stillMs).then(done, done);
  }
}

/** The kernel refuses by RLIMIT_NPROC and keeps no count: that the number stands at the limit is all there is to see. */
export class PidsWatch {
  readonly #limit: number;
  readonly #hits: Hits;

  constructor(limit: number, hits: Hits) {
    this.#limit = limit;
    this.#hits = hits;
  }

  tick({ pids, crowd }: Usage): void {
    // The guard counts as well, and one that has just ended.
    if (pids < this.#limit - 2) return;
    this.#hits.tell(
      { limit: "pids", value: this.#limit, used: pids, ...byWhom(crowd), action: "refused" },
      1,
      TELL_EVERY_MS,
    );
  }
}
