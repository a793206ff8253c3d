// Asks each run what it uses and makes rates of what has changed. One link a run is kept open; a run that ends is left out from then on.
import { RunLink } from "../../../run/live/client.js";
import type { FoundRun } from "../../../run/live/find.js";

export interface Sample {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  /** Of one processor, since the last sample. */
  readonly cpuPercent: number;
  readonly cpuMs: number;
  readonly memoryBytes: number;
  readonly pids: number;
  readonly connections: number;
  readonly uploadedBytes: number;
  readonly downloadedBytes: number;
  readonly denied: number;
  /** As they came from inside: to be escaped before they are shown. */
  readonly lastDenied: readonly { readonly time: string; readonly what: string }[];
}

interface Watched {
  readonly link: RunLink;
  readonly before?: { readonly cpuMs: number; readonly atMs: number };
}

const ANSWER_MS = 3000;

export class Sampler {
  readonly #find: () => readonly FoundRun[];
  readonly #watched = new Map<string, Watched>();

  constructor(find: () => readonly FoundRun[]) {
    this.#find = find;
  }

  async sample(): Promise<readonly Sample[]> {
    const found = this.#find();
    for (const [id, { link }] of this.#watched) {
      if (found.some((run) => run.id === id) && link.open) continue;
      link.close();
      this.#watched.delete(id);
    }
    const samples = await Promise.all(found.map((run) => this.#ask(run)));
    return samples.filter((sample) => sample !== undefined);
  }

  close(): void {
    for (const { link } of this.#watched.values()) link.close();
  }

  async #ask({ id, name, folder }: FoundRun): Promise<Sample | undefined> {
    const known = this.#watched.get(id);
    const link = known?.link ?? (await RunLink.open(folder));
    // Found anew at each sample.
    folder.close();
    if (link === undefined) return undefined;
    this.#watched.set(id, { link, ...(known?.before === undefined ? {} : { before: known.before }) });
    try {
      const answer = await link.ask({ do: "usage" }, ANSWER_MS);
      const sample = sampleOf({ id, name }, answer, known?.before);
      this.#watched.set(id, { link, before: { cpuMs: sample.cpuMs, atMs: performance.now() } });
      return sample;
    } catch {
      link.close();
      return undefined;
    }
  }
}

type Fields = Readonly<Record<string, unknown>>;

function sampleOf(run: Pick<Sample, "id" | "name">, answer: Fields, before: Watched["before"]): Sample {
  const traffic: Fields =
    typeof answer["traffic"] === "object" && answer["traffic"] !== null ? { ...answer["traffic"] } : {};
  const cpuMs = count(answer["cpuMs"]);
  const spanMs = before === undefined ? 0 : performance.now() - before.atMs;
  const usedMs = before === undefined ? 0 : Math.max(0, cpuMs - before.cpuMs);
  return {
    ...run,
    state: answer["state"] === "paused" ? "paused" : "running",
    cpuPercent: spanMs > 0 ? Math.round((usedMs / spanMs) * 1000) / 10 : 0,
    cpuMs,
    memoryBytes: count(answer["memoryBytes"]),
    pids: count(answer["pids"]),
    connections: count(traffic["connections"]),
    uploadedBytes: count(traffic["uploadedBytes"]),
    downloadedBytes: count(traffic["downloadedBytes"]),
    denied: count(answer["denied"]),
    lastDenied: denialsOf(answer["lastDenied"]),
  };
}

function count(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}

function denialsOf(value: unknown): Sample["lastDenied"] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((each: unknown) => {
    if (typeof each !== "object" || each === null || !("time" in each && "what" in each)) return [];
    return typeof each.time === "string" && typeof each.what === "string" ? [{ time: each.time, what: each.what }] : [];
  });
}
