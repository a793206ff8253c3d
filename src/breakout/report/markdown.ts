// The report as Markdown. Pure.
import { printable } from "../../core/text.js";
import type { FaultResult } from "../faults/types.js";
import type { Report } from "../types.js";
import { resultLine, STATUS_WORDS, summaryOf } from "./words.js";

export function reportMarkdown(report: Report): string {
  return [
    `# Breakout of ${cell(report.target)}`,
    "",
    `Cordon ${cell(report.cordon)}, Linux ${cell(report.kernel)}, ${report.startedAt}.`,
    ...summaryOf(report).map((line) => `\n${cell(line)}.`),
    ...report.notes.map((note) => `\n- ${cell(note)}`),
    "",
    ...(report.controls.length === 0 ? [] : attackLines(report)),
    ...(report.faults.length === 0 ? [] : faultLines(report.faults)),
  ].join("\n");
}

function attackLines(report: Report): readonly string[] {
  return [
    "| control | status | mechanism |",
    "| --- | --- | --- |",
    ...report.controls.map(
      ({ control, status, mechanism }) => `| ${control} | ${STATUS_WORDS[status]} | ${cell(mechanism)} |`,
    ),
    "",
    "| attack | what is tried | status | evidence |",
    "| --- | --- | --- | --- |",
    ...report.controls.flatMap(({ results }) =>
      results.map(
        (result) =>
          `| ${result.attack.id} | ${cell(result.attack.sentence)} | ${STATUS_WORDS[result.status]} | ${cell(resultLine(result))} |`,
      ),
    ),
    "",
  ];
}

function faultLines(faults: readonly FaultResult[]): readonly string[] {
  return [
    "| fault | what breaks | status | evidence |",
    "| --- | --- | --- | --- |",
    ...faults.map(
      ({ fault, status, evidence }) =>
        `| ${fault.id} | ${cell(fault.sentence)} | ${STATUS_WORDS[status]} | ${cell(evidence)} |`,
    ),
    "",
  ];
}

/** Text that can neither leave its cell nor be read as markup. */
function cell(text: string): string {
  return printable(text, 600).replace(/[\\`*_[\]<>|]/g, (character) => `\\${character}`);
}
