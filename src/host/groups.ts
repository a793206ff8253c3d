// Control groups for single runs: made, limited, filled, removed. It must never say that a limit is set without having read it back:
// a file that takes a value and a manager that takes a property have both been seen to hold nothing. It moves no process but ours.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { CordonError, messageOf } from "../core/error.js";
import { askScope, groupFolder } from "./scope.js";
import type { GroupWay } from "./types.js";

export interface GroupLimits {
  readonly memoryBytes?: number;
  readonly pids?: number;
  /** Processors: 1.5. */
  readonly cpu?: number;
}

/** The folders of one run's group: of version 2, or of each controller of version 1. */
export interface RunGroup {
  readonly unified?: string;
  readonly legacy: Readonly<Record<string, string>>;
}

/** Where those of Cordon's own processes go that have to leave a group so that it may have children. */
const ASIDE = "cordon-supervisor";
/** Every group of a run is named so: `cordon-`, its name, eight hex digits. */
const RUN_GROUP = /^cordon-.+-[0-9a-f]{8}(?:\.scope|\.service)?$/;
/** A group this young may be one that a run is about to use. */
const YOUNG_MS = 60_000;
const REMOVE_TRIES = 40;
const REMOVE_WAIT_MS = 25;
const SETTLE_TRIES = 50;
const SETTLE_WAIT_MS = 20;
const CPU_PERIOD_US = 100_000;
/** Limits of memory are kept in whole pages. */
const PAGES_BYTES = 65_536;

export function isRunGroup(path: string): boolean {
  return RUN_GROUP.test(basename(path));
}

export class HostGroup {
  readonly #way: GroupWay;
  readonly #name: string;
  readonly #limits: GroupLimits;
  #folders: RunGroup = { legacy: {} };

  private constructor(way: GroupWay, name: string, limits: GroupLimits) {
    this.#way = way;
    this.#name = name;
    this.#limits = limits;
  }

  /** As far as it goes without the process. `run`: the run's id. */
  static make(way: GroupWay, run: string, limits: GroupLimits): HostGroup {
    const group = new HostGroup(way, `cordon-${run}`, limits);
    try {
      group.#make();
    } catch (error) {
      group.#removeNow();
      throw failed(error);
    }
    return group;
  }

  get folders(): RunGroup {
    return this.#folders;
  }

  /** Puts a process into it; what that makes from then on is in it as well. All limits hold when this settles. */
  async place(pid: number): Promise<void> {
    try {
      if (this.#way.kind === "systemd")
        return await this.#adopt(await askScope(this.#way, `${this.#name}.scope`, { pid, ...this.#limits }));
      if (this.#way.kind === "service") return await this.#adopt(groupFolder(pid));
      if (this.#way.kind === "unified" && this.#way.stepAside) {
        stepAside(this.#way.parent);
        this.#limitUnified(this.#way.parent);
      }
      const { unified, legacy } = this.#folders;
      for (const folder of unified === undefined ? Object.values(legacy) : [unified])
        writeFileSync(join(folder, "cgroup.procs"), `${pid}`);
    } catch (error) {
      throw failed(error);
    }
  }

  /** When nothing is left in it. The kernel takes a moment to see that. */
  async remove(): Promise<void> {
    for (let tries = 0; !this.#removeNow() && tries < REMOVE_TRIES; tries++) await wait(REMOVE_WAIT_MS);
  }

  /** A manager has made it and put the process into it. */
  async #adopt(unified: string): Promise<void> {
    if (!isRunGroup(unified)) throw new Error(`the run is in ${unified}, which isn't its own`);
    this.#folders = { unified, legacy: {} };
    await settled(() => checkUnified(unified, this.#limits));
  }

  #make(): void {
    const way = this.#way;
    if (way.kind === "systemd" || way.kind === "service") return;
    removeOrphans(way);
    if (way.kind === "unified") {
      const unified = join(way.parent, this.#name);
      mkdirSync(unified, { mode: 0o755 });
      this.#folders = { unified, legacy: {} };
      if (!way.stepAside) this.#limitUnified(way.parent);
      return;
    }
    for (const [name, parent] of Object.entries(way.parents)) {
      const folder = join(parent, this.#name);
      // Controllers that share a hierarchy share the group.
      if (!existsSync(folder)) mkdirSync(folder, { mode: 0o755 });
      this.#folders = { legacy: { ...this.#folders.legacy, [name]: folder } };
    }
    limitLegacy(this.#folders.legacy, this.#limits);
  }

  #limitUnified(parent: string): void {
    const { unified } = this.#folders;
    if (unified === undefined) throw new Error("it has no folder");
    const missing = wanted(this.#limits).filter((name) => !wordsOf(parent, "cgroup.subtree_control").includes(name));
    if (missing.length > 0)
      writeFileSync(join(parent, "cgroup.subtree_control"), missing.map((name) => `+${name}`).join(" "));
    for (const [file, value] of unifiedFiles(this.#limits)) writeFileSync(join(unified, file), value);
    if (existsSync(join(unified, "memory.swap.max")) && this.#limits.memoryBytes !== undefined)
      writeFileSync(join(unified, "memory.swap.max"), "0");
    checkUnified(unified, this.#limits);
  }

  #removeNow(): boolean {
    const { unified, legacy } = this.#folders;
    const folders =
      this.#way.kind === "systemd" || this.#way.kind === "service"
        ? []
        : [...(unified === undefined ? [] : [unified]), ...Object.values(legacy)];
    return folders.map(removed).every((done) => done);
  }
}

/** Groups whose run is gone: its supervisor was killed. Empty ones only; the kernel refuses the others. */
export function removeOrphans(way: GroupWay, olderThanMs = YOUNG_MS): void {
  const parents = way.kind === "unified" ? [way.parent] : way.kind === "legacy" ? Object.values(way.parents) : [];
  for (const parent of parents) {
    for (const name of quietly(() => readdirSync(parent)) ?? []) {
      const folder = join(parent, name);
      if (!RUN_GROUP.test(name)) continue;
      const made = quietly(() => statSync(folder).ctimeMs) ?? Date.now();
      if (Date.now() - made >= olderThanMs) removed(folder);
    }
  }
}

/** The group of one run whose supervisor is known to be dead. What was frozen in it has to be let go on to be able to die. */
export async function removeGroupOf(way: GroupWay, run: string): Promise<void> {
  if (way.kind === "systemd" || way.kind === "service") return;
  const name = `cordon-${run}`;
  const group: RunGroup =
    way.kind === "unified"
      ? { unified: join(way.parent, name), legacy: {} }
      : { legacy: Object.fromEntries(Object.entries(way.parents).map(([key, parent]) => [key, join(parent, name)])) };
  const folders = [...(group.unified === undefined ? [] : [group.unified]), ...Object.values(group.legacy)];
  if (!folders.some((folder) => existsSync(folder))) return;
  await freezeGroup(group, false);
  for (let tries = 0; tries < REMOVE_TRIES && !folders.map(removed).every((done) => done); tries++)
    await wait(REMOVE_WAIT_MS);
}

/** Stops everything in a group, or lets it go on. false: this kernel or this group can't. Settles when it is so. */
export async function freezeGroup({ unified, legacy }: RunGroup, frozen: boolean, limitMs = 3000): Promise<boolean> {
  const folder = unified ?? legacy["freezer"];
  const [file, word] =
    unified === undefined ? ["freezer.state", frozen ? "FROZEN" : "THAWED"] : ["cgroup.freeze", frozen ? "1" : "0"];
  if (folder === undefined || quietly(() => writeFileSync(join(folder, file), word)) === null) return false;
  const isSo = () =>
    unified === undefined
      ? textOf(folder, "freezer.state").trim() === word
      : wordsOf(folder, "cgroup.events").join(" ").includes(`frozen ${word}`);
  for (let waitedMs = 0; waitedMs < limitMs; waitedMs += 5) {
    if (quietly(isSo) === true) return true;
    await wait(5);
  }
  // Half frozen is worse than not at all.
  quietly(() => writeFileSync(join(folder, file), unified === undefined ? "THAWED" : "0"));
  return false;
}

function wanted({ memoryBytes, pids, cpu }: GroupLimits): readonly string[] {
  return [
    ...(memoryBytes === undefined ? [] : ["memory"]),
    ...(pids === undefined ? [] : ["pids"]),
    ...(cpu === undefined ? [] : ["cpu"]),
  ];
}

function unifiedFiles({ memoryBytes, pids, cpu }: GroupLimits): readonly (readonly [string, string])[] {
  return [
    ...(memoryBytes === undefined ? [] : [["memory.max", `${memoryBytes}`] as const]),
    ...(pids === undefined ? [] : [["pids.max", `${pids}`] as const]),
    ...(cpu === undefined ? [] : [["cpu.max", `${Math.round(cpu * CPU_PERIOD_US)} ${CPU_PERIOD_US}`] as const]),
  ];
}

function checkUnified(folder: string, limits: GroupLimits): void {
  const { memoryBytes, pids, cpu } = limits;
  if (memoryBytes !== undefined) checkMemory(folder, "memory.max", memoryBytes);
  const swap = "memory.swap.max";
  if (memoryBytes !== undefined && existsSync(join(folder, swap)) && textOf(folder, swap).trim() !== "0")
    throw notKept(folder, swap);
  if (pids !== undefined && textOf(folder, "pids.max").trim() !== `${pids}`) throw notKept(folder, "pids.max");
  const [quota, period] = cpu === undefined ? [] : wordsOf(folder, "cpu.max");
  if (cpu !== undefined && Math.abs(Number(quota) / Number(period) - cpu) > 0.01) throw notKept(folder, "cpu.max");
}

function limitLegacy({ memory, pids, cpu }: Readonly<Record<string, string>>, limits: GroupLimits): void {
  if (limits.memoryBytes !== undefined) {
    if (memory === undefined) throw new Error("there is no memory controller");
    writeFileSync(join(memory, "memory.limit_in_bytes"), `${limits.memoryBytes}`);
    const withSwap = "memory.memsw.limit_in_bytes";
    if (existsSync(join(memory, withSwap))) writeFileSync(join(memory, withSwap), `${limits.memoryBytes}`);
    checkMemory(memory, "memory.limit_in_bytes", limits.memoryBytes);
  }
  if (limits.pids !== undefined) {
    if (pids === undefined) throw new Error("there is no pids controller");
    writeFileSync(join(pids, "pids.max"), `${limits.pids}`);
    if (textOf(pids, "pids.max").trim() !== `${limits.pids}`) throw notKept(pids, "pids.max");
  }
  if (limits.cpu === undefined) return;
  if (cpu === undefined) throw new Error("there is no cpu controller");
  const quota = `${Math.round(limits.cpu * CPU_PERIOD_US)}`;
  writeFileSync(join(cpu, "cpu.cfs_period_us"), `${CPU_PERIOD_US}`);
  writeFileSync(join(cpu, "cpu.cfs_quota_us"), quota);
  if (textOf(cpu, "cpu.cfs_quota_us").trim() !== quota) throw notKept(cpu, "cpu.cfs_quota_us");
}

/** A manager may set them a moment after it said that it has. */
async function settled(check: () => void): Promise<void> {
  for (let tries = 0; tries < SETTLE_TRIES && quietly(check) === null; tries++) await wait(SETTLE_WAIT_MS);
  check();
}

function checkMemory(folder: string, file: string, bytes: number): void {
  const kept = Number(textOf(folder, file));
  if (!(Math.abs(kept - bytes) < PAGES_BYTES)) throw notKept(folder, file);
}

function notKept(folder: string, file: string): Error {
  return new Error(`${join(folder, file)} doesn't hold what was written to it`);
}

/** SECURITY: only this process and its own children are moved; anybody else in there makes the next step fail. */
function stepAside(parent: string): void {
  const aside = join(parent, ASIDE);
  if (!existsSync(aside)) mkdirSync(aside, { mode: 0o755 });
  const parents = new Map(wordsOf(parent, "cgroup.procs").map((pid) => [pid, parentOf(pid)]));
  for (const pid of parents.keys()) {
    let line: string | undefined = pid;
    while (line !== undefined && line !== `${process.pid}`) line = parents.get(line);
    if (line !== undefined) quietly(() => writeFileSync(join(aside, "cgroup.procs"), pid));
  }
}

function parentOf(pid: string): string | undefined {
  const stat = quietly(() => readFileSync(`/proc/${pid}/stat`, "utf8")) ?? "";
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1];
}

function removed(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch {
    return !existsSync(folder);
  }
}

function textOf(folder: string, name: string): string {
  return readFileSync(join(folder, name), "utf8");
}

function wordsOf(folder: string, name: string): readonly string[] {
  return textOf(folder, name)
    .split(/\s+/)
    .filter((word) => word !== "");
}

/** null: it failed. */
function quietly<Value>(step: () => Value): Value | null {
  try {
    return step();
  } catch {
    return null;
  }
}

function failed(error: unknown): CordonError {
  return new CordonError("control-unenforced", `the run's control group can't be made: ${messageOf(error)}`, {
    hint: "cordon doctor shows what this host can hold",
  });
}
