// The limits of one run that somebody outside has to hold or to tell of: its control group and the watches, on one clock. A group that
// can't be made, or doesn't hold what was written to it, stops the launch.

import { basename } from "node:path";
import { formatSize } from "../../core/units.js";
import { freezeGroup, HostGroup } from "../../host/groups.js";
import type { LimitsService } from "../../plan/types.js";
import { monotonicMs } from "../clock.js";
import type { RunExit } from "../outcome.js";
import type { RunContext, RunService } from "../service.js";
import { UsageReader } from "../usage.js";
import { DiskWatch, writableRoots } from "./disk-watch.js";
import { GroupWatch } from "./group-watch.js";
import { Hits, inBrackets } from "./hits.js";
import { CpuWatch, MemoryWatch, PidsWatch } from "./tree-watch.js";

/** What can grow fast is looked at often. */
const OFTEN_MS = 60;
/** What isn't far from its limit, closely. */
const CLOSELY_MS = 15;
const SELDOM_MS = 400;
const YOUNG_MS = 500;

export class RunLimits implements RunService {
  readonly #context: RunContext;
  readonly #service: LimitsService;
  readonly #group: HostGroup | undefined;
  readonly #hits: Hits;
  #groupWatch: GroupWatch | undefined;
  #memory: MemoryWatch | undefined;
  #disk: DiskWatch | undefined;
  #timer: NodeJS.Timeout | undefined;
  #wentAtMs = 0;
  #ticks: (() => void)[] = [];

  private constructor(context: RunContext, service: LimitsService) {
    this.#context = context;
    this.#service = service;
    this.#hits = new Hits(context.bus);
    if (service.group === undefined) return;
    this.#group = HostGroup.make(service.group, context.id, service.held);
    context.scope.defer("control group", () => this.#group?.remove());
  }

  static make(context: RunContext, service: LimitsService): RunLimits {
    return new RunLimits(context, service);
  }

  async stands(first: number): Promise<void> {
    this.#startWatches(new UsageReader(first));
    await this.#group?.place(first);
    const { group, held } = this.#service;
    if (this.#group === undefined || group === undefined) return;
    const watch = new GroupWatch(this.#group.folders, held, { reader: new UsageReader(first), hits: this.#hits });
    this.#groupWatch = watch;
    this.#ticks.push(() => watch.tick());
  }

  went(): void {
    this.#wentAtMs = monotonicMs();
    const { held, watched } = this.#service;
    const some = { ...held, ...watched };
    const usual = some.memoryBytes ?? some.cpu ?? watched.diskBytes;
    this.#tick(usual === undefined ? SELDOM_MS : OFTEN_MS);
    this.#context.scope.defer("watch of limits", () => clearTimeout(this.#timer));
  }

  #tick(everyMs: number): void {
    for (const each of this.#ticks) each();
    // Who has a short life is seen at its beginning or never.
    const young = monotonicMs() - this.#wentAtMs < YOUNG_MS;
    const near = this.#groupWatch?.near === true || this.#memory?.near === true || (young && everyMs === OFTEN_MS);
    this.#timer = setTimeout(() => this.#tick(everyMs), near ? CLOSELY_MS : everyMs);
    this.#timer.unref();
  }

  freeze(frozen: boolean): Promise<boolean> {
    return this.#group === undefined ? Promise.resolve(false) : freezeGroup(this.#group.folders, frozen);
  }

  async ended(exit: RunExit): Promise<RunExit> {
    clearTimeout(this.#timer);
    const program = basename(this.#context.plan.command.argv[0] ?? "");
    this.#groupWatch?.tick(died(exit, "SIGKILL", 9) ? program : "");
    await this.#disk?.last();
    this.#hits.flush();
    return exit.message === undefined ? this.#explained(exit) : exit;
  }

  #startWatches(reader: UsageReader): void {
    const { watched, told } = this.#service;
    const parts = { reader, hits: this.#hits, control: this.#context.control };
    if (watched.memoryBytes !== undefined) this.#memory = new MemoryWatch(watched.memoryBytes, parts);
    const cpu = watched.cpu === undefined ? undefined : new CpuWatch(watched.cpu, parts);
    const pids = told.pids === undefined ? undefined : new PidsWatch(told.pids, this.#hits);
    if (watched.diskBytes !== undefined)
      this.#disk = new DiskWatch(watched.diskBytes, writableRoots(this.#context.plan), parts);
    this.#disk?.begin();
    this.#context.scope.defer("watch of the disk", () => this.#disk?.close());
    if (this.#memory === undefined && cpu === undefined && pids === undefined && this.#disk === undefined) return;
    this.#ticks.push(() => {
      const usage = reader.read();
      const nowMs = monotonicMs();
      this.#memory?.tick(usage, nowMs);
      cpu?.tick(usage, nowMs);
      pids?.tick(usage);
      this.#disk?.tick(usage, nowMs);
    });
  }

  /** Why a command ended as it did, where a limit is the reason or at least worth a word. */
  #explained(exit: RunExit): RunExit {
    // Also when the run was to be stopped for it, and had just ended by itself.
    const memory = this.#hits.last("memory", "killed", "stopped");
    const disk = this.#hits.last("disk", "refused", "stopped");
    if (memory !== undefined) {
      const message = `memory limit of ${formatSize(memory.value)} reached${inBrackets(memory)}`;
      return { ...exit, message, ...(died(exit, "SIGKILL", 9) ? { reason: "limit" as const } : {}) };
    }
    if (disk !== undefined) {
      const message = `disk limit of ${formatSize(disk.value)} reached${inBrackets(disk)}`;
      return { ...exit, message, ...(died(exit, "SIGXFSZ", 25) ? { reason: "limit" as const } : {}) };
    }
    const pids = this.#hits.last("pids", "refused");
    if (pids === undefined) return exit;
    return { ...exit, message: `limit of ${pids.value} processes reached${inBrackets(pids)}` };
  }
}

/** Of this signal, itself or by the word of a shell. */
function died({ signal, code, reason }: RunExit, name: string, number: number): boolean {
  return (reason === "signal" && signal === name) || (reason === "exit" && code === 128 + number);
}
