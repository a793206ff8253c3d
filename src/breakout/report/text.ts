// The report for a terminal: what broke and what wasn't shown in full, the rest counted. Pure.
import { printable } from "../../core/text.js";
import type { ControlStatus, Report } from "../types.js";
import { countsOf } from "../verdicts.js";
import { resultLine, STATUS_WORDS } from "./words.js";

const COLOURS: Readonly<Record<ControlStatus, number>> = {
  held: 32,
  broken: 31,
  "no-baseline": 33,
  unsupported: 33,
  degraded: 33,
  "not-asked": 2,
  "not-tried": 2,
};

export function reportText(report: Report, colour: boolean): string {
  const paint = (status: ControlStatus, text: string) => (colour ? `\u001b[${COLOURS[status]}m${text}\u001b[0m` : text);
  const width = Math.max(...report.controls.map(({ control }) => control.length));
  const lines = report.controls.flatMap(({ control, status, results }) => {
    const told = results.filter((result) => result.status !== "held" && result.status !== "no-baseline");
    const count = results.length === 0 ? "" : ` (${results.length} ${results.length === 1 ? "attack" : "attacks"})`;
    return [
      `${control.padEnd(width)}  ${paint(status, STATUS_WORDS[status])}${count}`,
      ...told.map(
        (result) =>
          `  ${paint(result.status, STATUS_WORDS[result.status])} ${result.attack.id}: ${printable(resultLine(result), 300)}`,
      ),
    ];
  });
  const counts = countsOf(report);
  const total = report.controls.reduce((sum, { results }) => sum + results.length, 0);
  return [
    ...lines,
    "",
    `${total} attacks on ${printable(report.target)}: ${counts.held} held, ${counts.broken} broken, ` +
      `${counts["no-baseline"]} held without a baseline, ${counts.degraded} degraded, ${counts.unsupported} not shown ` +
      `(${(report.durationMs / 1000).toFixed(1)} s)`,
    "",
  ].join("\n");
}
