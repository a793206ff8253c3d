// The words in which every form of the report speaks of a status. Pure.
import type { ControlStatus, Report, Result } from "../types.js";
import { countsOf } from "../verdicts.js";

export const STATUS_WORDS: Readonly<Record<ControlStatus, string>> = {
  held: "held",
  broken: "BROKEN",
  "no-baseline": "held, without a baseline",
  unsupported: "not shown",
  degraded: "degraded",
  "not-asked": "not asked for",
  "not-tried": "not tried",
};

export const STATUS_MEANS: Readonly<Record<ControlStatus, string>> = {
  held: "every attack failed inside, and at least one was shown to work without the sandbox",
  broken: "an attack succeeded",
  "no-baseline": "every attack failed inside, but none could be shown to work outside, so that proves less",
  unsupported: "no attack could be made here",
  degraded: "this host holds it only in part, and the run went on all the same",
  "not-asked": "the policy doesn't ask for it",
  "not-tried": "no attack was chosen",
};

export function resultLine({ attack, status, evidence, baseline }: Result): string {
  switch (status) {
    case "held":
      return `without the sandbox: ${baseline}`;
    case "no-baseline":
      return `no baseline: ${baseline}`;
    case "degraded":
    case "broken":
    case "unsupported":
      return `${evidence} (${attack.severity})`;
  }
}

/** A line for the attacks and one for the faults, of each what there was. */
export function summaryOf(report: Report): readonly string[] {
  const total = report.controls.reduce((sum, { results }) => sum + results.length, 0);
  const counts = countsOf(report);
  const survived = report.faults.filter(({ status }) => status === "held").length;
  const attacks =
    `${counted(total, "attack")} on ${report.target}: ${counts.held} held, ${counts.broken} broken, ` +
    `${counts["no-baseline"]} held without a baseline, ${counts.degraded} degraded, ${counts.unsupported} not shown`;
  return [
    ...(report.faults.length === 0 ? [] : [`${counted(report.faults.length, "fault")}: ${survived} survived`]),
    ...(total === 0 && report.faults.length > 0 ? [] : [attacks]),
  ];
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
