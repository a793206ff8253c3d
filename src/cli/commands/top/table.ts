// What `cordon top` shows, as text. Pure.
import { printable } from "../../../core/text.js";
import { formatSize } from "../../../core/units.js";
import { columns } from "../../columns.js";
import type { Sample } from "./sampler.js";

const HEAD = ["RUN", "STATE", "CPU", "MEMORY", "PIDS", "CONN", "UP", "DOWN", "DENIED", "LAST DENIED"];
const RIGHT = [2, 3, 4, 5, 6, 7, 8];

export function tableOf(samples: readonly Sample[]): string {
  return columns([HEAD, ...samples.map(cellsOf)], RIGHT);
}

function cellsOf(sample: Sample): readonly string[] {
  return [
    sample.id,
    sample.state,
    `${sample.cpuPercent.toFixed(1)}%`,
    formatSize(sample.memoryBytes),
    String(sample.pids),
    String(sample.connections),
    formatSize(sample.uploadedBytes),
    formatSize(sample.downloadedBytes),
    String(sample.denied),
    printable(sample.lastDenied.at(-1)?.what ?? "", 60),
  ];
}

/** The whole screen: from its corner, each line cut to the width and cleared to its end. */
export function screenOf(
  samples: readonly Sample[],
  { width, height }: { readonly width: number; readonly height: number },
): string {
  const denials = samples.flatMap(({ id, lastDenied }) =>
    lastDenied.map(({ time, what }) => ({ time, line: `${time.slice(11, 19)}  ${id}  ${printable(what, 200)}` })),
  );
  const latest = denials
    .toSorted((a, b) => (a.time < b.time ? 1 : -1))
    .slice(0, 8)
    .map(({ line }) => line);
  const lines = [
    `cordon top: ${samples.length === 1 ? "1 sandbox" : `${samples.length} sandboxes`}; q quits`,
    "",
    ...tableOf(samples).split("\n"),
    ...(latest.length === 0 ? [] : ["", "last denied:", ...latest]),
  ];
  const shown = lines.slice(0, Math.max(1, height - 1)).map((line) => `${line.slice(0, width)}\u001b[K`);
  return `\u001b[H${shown.join("\r\n")}\u001b[J`;
}
