// Medians over rounds, and a Markdown table in which each way stands beside the direct one of its kind. Pure.
import { summary } from "../samples.js";
import type { Measured, Task } from "./load.js";
import type { Memory } from "./memory.js";

export interface Sample extends Measured {
  readonly name: string;
  readonly task: Task;
  readonly round: number;
}

export interface Figure {
  readonly median: number;
  /** Median of the ratios to the direct way of the same round. */
  readonly ratio: number;
}

export interface Figures {
  readonly name: string;
  readonly firstP50: Figure;
  readonly firstP99: Figure;
  readonly rttP50: Figure;
  readonly rttP99: Figure;
  readonly rate: Figure;
  readonly down1: Figure;
  readonly up1: Figure;
  readonly down8: Figure;
  readonly up8: Figure;
  readonly held: number;
  readonly failed: number;
  readonly idleMb: number;
  readonly streamsMb: number;
  readonly tunnelsMb: number;
}

type Memories = ReadonlyMap<string, { idle: Memory; streams: Memory; tunnels: Memory }>;
type Value = "p50us" | "p99us" | "perSecond" | "mbPerSecond";

export function figures(samples: readonly Sample[], memories: Memories): Figures[] {
  return [...memories].map(([name, { idle, streams, tunnels }]) => {
    const base = /inspected|HTTPS/.test(name) ? "direct HTTPS" : /plain|HTTP$/.test(name) ? "direct HTTP" : "direct";
    const of = (value: Value, kind: Task["kind"], count: number): Figure => {
      const rounds = (of: string) =>
        samples.filter((each) => each.name === of && each.task.kind === kind && each.task.streams === count);
      const own = rounds(name);
      const bases = new Map(rounds(base).map((each) => [each.round, each[value]]));
      const ratios = own.map((each) => each[value] / (bases.get(each.round) ?? Number.NaN));
      return { median: summary(own.map((each) => each[value])).medianMs, ratio: summary(ratios).medianMs };
    };
    const held = samples.find((each) => each.name === name && each.task.kind === "hold");
    return {
      name,
      firstP50: of("p50us", "first", 1),
      firstP99: of("p99us", "first", 1),
      rttP50: of("p50us", "rtt", 1),
      rttP99: of("p99us", "rtt", 1),
      rate: of("perSecond", "rate", 8),
      down1: of("mbPerSecond", "down", 1),
      up1: of("mbPerSecond", "up", 1),
      down8: of("mbPerSecond", "down", 8),
      up8: of("mbPerSecond", "up", 8),
      held: held === undefined ? 0 : held.task.streams - held.failed,
      failed: samples
        .filter((each) => each.name === name && each.task.kind !== "hold")
        .reduce((sum, each) => sum + each.failed, 0),
      idleMb: idle.mb,
      streamsMb: streams.peakMb,
      tunnelsMb: tunnels.peakMb,
    };
  });
}

const COLUMNS = [
  "",
  "first p50 µs",
  "first p99 µs",
  "rtt p50 µs",
  "rtt p99 µs",
  "conn/s",
  "MB/s down 1",
  "up 1",
  "down 8",
  "up 8",
  "tunnels",
  "failed",
  "idle MB",
  "MB at 8 streams",
  "MB at tunnels",
];

/** Each cell: the median, and in brackets its ratio to the direct way. */
export function figuresTable(all: readonly Figures[]): string {
  const cell = ({ median, ratio }: Figure) =>
    median === 0 ? "–" : `${median.toFixed(0)} (${ratio.toFixed(ratio < 10 ? 2 : 0)})`;
  const rows = all.map((each) => [
    each.name,
    ...[each.firstP50, each.firstP99, each.rttP50, each.rttP99, each.rate].map(cell),
    ...[each.down1, each.up1, each.down8, each.up8].map(cell),
    ...[each.held, each.failed, each.idleMb, each.streamsMb, each.tunnelsMb].map((value) => value.toFixed(0)),
  ]);
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const ruler = COLUMNS.map((_, at) => (at === 0 ? "---" : "---:"));
  return [COLUMNS, ruler, ...rows].map(line).join("\n");
}
