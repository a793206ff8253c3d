// What the record costs: events written in a second, and a record of a million events verified.
// node build/bench/audit.js [--events N] [--json]
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { eventOf, linesOf, type Place, putLines, recorderOf, recordOf, verifyPlace } from "../src/audit/fixture.js";
import { table } from "./samples.js";

/** On a disk: a tmpfs would flatter. */
const PLACE = "/var/tmp";
const BATCH = 10_000;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { events: { type: "string", default: "1000000" }, json: { type: "boolean", default: false } },
  });
  const count = Number(values.events);
  const dir = mkdtempSync(join(PLACE, "cordon-bench-"));
  try {
    const place = { dir, records: join(dir, "audit") };
    const written = await write(place, count);
    const { parts } = recordOf(place);
    const sizeBytes = parts.reduce((sum, { file }) => sum + statSync(file).size, 0);
    const verified = await timed(async () => expect(verifyPlace(place).state, "finished"));
    const [{ file = "" } = {}] = parts;
    putLines(file, linesOf(file).toSpliced(1000, 1));
    const located = await timed(async () => expect(verifyPlace(place).state, "tampered"));
    const result = { events: count, sizeBytes, files: parts.length, written, verified, located };
    console.log(values.json ? JSON.stringify(result) : text(result));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** What makes the events isn't counted. */
async function write(place: Place, count: number): Promise<Cost> {
  const recorder = recorderOf(place, { rotate: { sizeBytes: 64 * 1024 ** 2, ageMs: 1e12 }, sync: "periodic" });
  const costs: Cost[] = [];
  for (let done = 0; done < count; done += BATCH) {
    const events = Array.from({ length: Math.min(BATCH, count - done) }, (_, index) => eventOf(done + index + 1));
    costs.push(
      await timed(async () => {
        for (const event of events) recorder.record(event);
      }),
    );
  }
  costs.push(await timed(() => recorder.close()));
  const sum = (of: (cost: Cost) => number) => costs.reduce((sofar, cost) => sofar + of(cost), 0);
  return { ms: sum(({ ms }) => ms), cpuMs: sum(({ cpuMs }) => cpuMs) };
}

interface Cost {
  readonly ms: number;
  /** Of this process's processor time: what a busy machine doesn't change. */
  readonly cpuMs: number;
}

async function timed(what: () => Promise<void>): Promise<Cost> {
  const [startedAt, cpu] = [performance.now(), process.cpuUsage()];
  await what();
  const { user, system } = process.cpuUsage(cpu);
  return { ms: performance.now() - startedAt, cpuMs: (user + system) / 1000 };
}

function expect(state: string, wanted: string): void {
  if (state !== wanted) throw new Error(`verify says ${state}, not ${wanted}`);
}

interface Result {
  readonly events: number;
  readonly sizeBytes: number;
  readonly files: number;
  readonly written: Cost;
  readonly verified: Cost;
  readonly located: Cost;
}

function text({ events, sizeBytes, files, written, verified, located }: Result): string {
  const row = (name: string, { ms, cpuMs }: Cost) => [
    name,
    (ms / 1000).toFixed(2),
    Math.round((events / ms) * 1000).toString(),
    (cpuMs / 1000).toFixed(2),
    Math.round((events / cpuMs) * 1000).toString(),
  ];
  const rows = [
    ["", "s", "events/s", "cpu s", "events/cpu s"],
    row("written, one write(2) each", written),
    row("verified", verified),
    row("verified, a line missing in its first file", located),
  ];
  return `${events} events, ${(sizeBytes / 1024 ** 2).toFixed(0)} MiB in ${files} files\n\n${table(rows)}`;
}

await main();
