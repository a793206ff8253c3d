// The report for a terminal: what broke and what wasn't shown in full, the rest counted. Pure.
import { printable } from "../../core/text.js";
import type { ControlStatus, Report } from "../types.js";
import { resultLine, STATUS_WORDS, summaryOf } from "./words.js";

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
  const names = [...report.controls.map(({ control }) => control), ...report.faults.map(({ fault }) => fault.id)];
  const width = Math.max(0, ...names.map(({ length }) => length));
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
  const faults = report.faults.map(
    ({ fault, status, evidence }) =>
      `${fault.id.padEnd(width)}  ${paint(status, STATUS_WORDS[status])}: ${printable(evidence, 300)}`,
  );
  return [
    ...lines,
    ...(faults.length === 0 ? [] : ["", ...faults]),
    "",
    `${summaryOf(report)
      .map((line) => printable(line))
      .join("\n")} (${(report.durationMs / 1000).toFixed(1)} s)`,
    "",
  ].join("\n");
}
