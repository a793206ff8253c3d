// The report as data: a stable form for other programs. Pure.

import type { Report, Result } from "../types.js";
import { countsOf, heldAll } from "../verdicts.js";

export function reportJson(report: Report): string {
  const { controls, faults, ...head } = report;
  const plain = {
    ...head,
    held: heldAll(report),
    counts: countsOf(report),
    controls: controls.map(({ results, ...control }) => ({ ...control, attacks: results.map(plainResult) })),
    faults: faults.map(({ fault, ...result }) => ({ ...fault, ...result })),
  };
  return `${JSON.stringify(plain, null, 2)}\n`;
}

function plainResult({ attack, ...result }: Result): unknown {
  const { id, severity, threats, sentence } = attack;
  return { id, severity, threats, sentence, ...result };
}
