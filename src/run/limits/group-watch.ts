// Tells of limits that the kernel holds for a run's control group: it compares the kernel's counters, and keeps in mind which process
// was the largest, because the kernel doesn't say whom it ended.
import type { RunGroup } from "../../host/groups.js";
import type { LimitsService } from "../../plan/types.js";
import { type ProcessUsage, readProcess } from "../usage/processes.js";
import type { Usage } from "../usage.js";
import { type Counters, memoryNow, readCounters } from "./counters.js";
import { byWhom, type Culprit } from "./hits.js";
import type { WatchParts } from "./stop.js";

const NEARLY = 0.4;
const YOUNG_TICKS = 20;
const WAIT_TICKS = 10;
const TELL_EVERY_MS = 5_000;
const THROTTLED_EVERY_MS = 30_000;
/** Processes that are remembered after they were seen. */
const REMEMBERED = 256;

export class GroupWatch {
  readonly #group: RunGroup;
  readonly #held: LimitsService["held"];
  readonly #parts: Pick<WatchParts, "reader" | "hits">;
  readonly #seen = new Map<string, ProcessUsage>();
  #before: Counters = { killed: 0, refused: 0, throttled: 0 };
  #crowd: Usage["crowd"];
  #lastBytes = 0;
  #ticks = 0;
  #waited = 0;

  constructor(group: RunGroup, held: LimitsService["held"], parts: Pick<WatchParts, "reader" | "hits">) {
    this.#group = group;
    this.#held = held;
    this.#parts = parts;
  }

  /** Memory may run out soon. */
  get near(): boolean {
    const { memoryBytes } = this.#held;
    return memoryBytes !== undefined && this.#lastBytes > memoryBytes * NEARLY;
  }

  /** `command`: the end of everything has come, and this is the program that the kernel ended, as far as is known. */
  tick(command?: string): void {
    this.#ticks += 1;
    if (this.#worthALook()) this.look();
    const counters = readCounters(this.#group);
    const before = this.#before;
    this.#before = counters;
    if (counters.killed > before.killed) this.#killed(counters, before, command);
    if (counters.refused > before.refused) this.#refused(counters.refused - before.refused);
    if (counters.throttled > before.throttled) this.#throttled(counters.throttled - before.throttled);
  }

  /** Reads the processes while they are there. */
  look(): void {
    const { crowd } = this.#parts.reader.read();
    if (crowd !== undefined && crowd.count >= (this.#crowd?.count ?? 0)) this.#crowd = crowd;
    for (const process of this.#parts.reader.processes) {
      const key = `${process.pid} ${process.started}`;
      const known = this.#seen.get(key);
      this.#seen.delete(key);
      this.#seen.set(key, known !== undefined && known.memoryBytes > process.memoryBytes ? known : process);
    }
    for (const key of this.#seen.keys()) {
      if (this.#seen.size <= REMEMBERED) break;
      this.#seen.delete(key);
    }
  }

  /** Cheap as long as nothing grows: one small file. */
  #worthALook(): boolean {
    const { memoryBytes } = this.#held;
    if (this.#ticks % 10 === 1 || this.#ticks < YOUNG_TICKS) return true;
    if (memoryBytes === undefined) return false;
    const bytes = memoryNow(this.#group);
    const grown = bytes - this.#lastBytes;
    this.#lastBytes = bytes;
    return bytes > memoryBytes * NEARLY || grown > memoryBytes / 20;
  }

  #killed(counters: Counters, before: Counters, command: string | undefined): void {
    const value = this.#held.memoryBytes ?? 0;
    const culprit = this.#largestGone();
    // Its end is seen a moment after the kernel counted it.
    if (culprit === undefined && command === undefined && this.#waited < WAIT_TICKS) {
      this.#waited += 1;
      this.#before = { ...counters, killed: before.killed };
      return;
    }
    this.#waited = 0;
    if (culprit !== undefined) this.#seen.delete(`${culprit.pid} ${culprit.started}`);
    const known =
      culprit === undefined && command !== undefined && command !== "" ? { program: command } : byWhom(culprit);
    this.#parts.hits.tell(
      { limit: "memory", value, used: counters.memoryPeakBytes ?? value, ...known, action: "killed" },
      counters.killed - before.killed,
    );
  }

  #largestGone(): ProcessUsage | undefined {
    const gone = [...this.#seen.values()].filter(({ pid, started }) => {
      const now = readProcess(pid, 1);
      return now === undefined || now.started !== started || now.state === "Z" || now.state === "X";
    });
    return gone.toSorted((a, b) => b.memoryBytes - a.memoryBytes)[0];
  }

  #refused(times: number): void {
    const { crowd, pids } = this.#parts.reader.read();
    const value = this.#held.pids ?? 0;
    // By now most of them may have ended.
    if (crowd !== undefined && crowd.count >= (this.#crowd?.count ?? 0)) this.#crowd = crowd;
    this.#parts.hits.tell(
      { limit: "pids", value, used: Math.min(value, pids), ...byWhom(this.#crowd), action: "refused" },
      times,
      TELL_EVERY_MS,
    );
  }

  #throttled(times: number): void {
    const value = Math.round((this.#held.cpu ?? 0) * 100);
    const culprit: Culprit | undefined = this.#parts.reader.read().busiest;
    this.#parts.hits.tell({ limit: "cpu", value, ...byWhom(culprit), action: "throttled" }, times, THROTTLED_EVERY_MS);
  }
}
