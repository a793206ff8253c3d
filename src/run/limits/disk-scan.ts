// How much space the files of some folders hold that came or grew since a moment. It walks in small slices, so that the supervisor
// goes on with its work. Links aren't followed, each file counts once.

import type { BigIntStats, Stats } from "node:fs";
import { lstat, opendir, readdir, readlink, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ProcessUsage } from "../usage/processes.js";

/** A smaller file that was there before counts in full once it has changed. */
const LARGE_BYTES = 1024 * 1024;
const MAX_KNOWN = 100_000;
const BLOCK_BYTES = 512;
const AT_ONCE = 32;

export class DiskScan {
  readonly #roots: readonly string[];
  readonly #sinceMs: number;
  /** Space of the large files that were there before, by device and number. */
  readonly #known = new Map<string, number>();

  constructor(roots: readonly string[], sinceMs: number) {
    this.#roots = roots;
    this.#sinceMs = sinceMs;
  }

  /** Takes note of what is there. A file that has changed since the moment is too late for it, and will count in full. */
  async baseline(over: () => boolean): Promise<void> {
    await this.#walk(over, (status) => {
      const bytes = status.blocks * BLOCK_BYTES;
      if (bytes >= LARGE_BYTES && status.ctimeMs < this.#sinceMs && this.#known.size < MAX_KNOWN)
        this.#known.set(keyOf(status), bytes);
    });
  }

  async grown(over: () => boolean): Promise<{ readonly bytes: number; readonly seen: ReadonlySet<string> }> {
    const seen = new Set<string>();
    let bytes = 0;
    await this.#walk(over, (status) => {
      if (status.ctimeMs < this.#sinceMs || seen.has(keyOf(status))) return;
      seen.add(keyOf(status));
      bytes += this.#growth(status);
    });
    return { bytes, seen };
  }

  /** Files without a name that processes still hold open; `hidden`: a process doesn't show what it has open. */
  async unnamed(
    processes: readonly ProcessUsage[],
    devices: ReadonlySet<number>,
  ): Promise<{ readonly bytes: number; readonly hidden: boolean }> {
    const seen = new Set<string>();
    let bytes = 0;
    let hidden = false;
    for (const { pid, state } of processes) {
      const folder = `/proc/${pid}/fd`;
      const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => error.code);
      if (!Array.isArray(names)) {
        hidden ||= names === "EACCES" && state !== "Z";
        continue;
      }
      for (const name of names) {
        const target = await readlink(join(folder, name)).catch(() => "");
        if (!target.endsWith(" (deleted)")) continue;
        const status = await stat(join(folder, name)).catch(() => undefined);
        if (status === undefined || status.nlink > 0 || !devices.has(status.dev) || seen.has(keyOf(status))) continue;
        seen.add(keyOf(status));
        bytes += this.#growth(status);
      }
    }
    return { bytes, hidden };
  }

  #growth(status: Stats): number {
    return Math.max(0, status.blocks * BLOCK_BYTES - (this.#known.get(keyOf(status)) ?? 0));
  }

  async #walk(over: () => boolean, visit: (status: Stats) => void): Promise<void> {
    const folders: string[] = [];
    for (const root of this.#roots) {
      const status = await lstat(root).catch(() => undefined);
      if (status === undefined) continue;
      visit(status);
      if (status.isDirectory()) folders.push(root);
    }
    for (let folder = folders.pop(); folder !== undefined && !over(); folder = folders.pop())
      folders.push(...(await this.#visitFolder(folder, visit)));
  }

  async #visitFolder(folder: string, visit: (status: Stats) => void): Promise<readonly string[]> {
    const below: string[] = [];
    const entries = await opendir(folder, { bufferSize: 256 }).catch(() => undefined);
    if (entries === undefined) return below;
    let waiting: string[] = [];
    const look = async () => {
      const paths = waiting;
      waiting = [];
      const all = await Promise.all(paths.map((path) => lstat(path).catch(() => undefined)));
      all.forEach((status, index) => {
        const path = paths[index];
        if (status === undefined || path === undefined) return;
        visit(status);
        if (status.isDirectory()) below.push(path);
      });
    };
    for await (const entry of entries) {
      waiting.push(join(folder, entry.name));
      if (waiting.length >= AT_ONCE) await look();
    }
    await look();
    return below;
  }
}

function keyOf({ dev, ino }: Stats | BigIntStats): string {
  return `${dev}:${ino}`;
}
