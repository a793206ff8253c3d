// The report as JUnit XML, for the tools that show tests. What couldn't be shown is skipped there, never passed. Pure.
import type { FaultResult } from "../faults/types.js";
import type { ControlVerdict, Report, Result } from "../types.js";
import { countsOf } from "../verdicts.js";

export function reportJunit(report: Report): string {
  const counts = countsOf(report);
  const total = report.controls.reduce((sum, { results }) => sum + results.length, report.faults.length);
  const faults = (status: FaultResult["status"]) => report.faults.filter((each) => each.status === status).length;
  const skipped = counts.unsupported + counts["no-baseline"] + faults("unsupported");
  const failures = counts.broken + counts.degraded + faults("broken");
  const head = `tests="${total}" failures="${failures}" skipped="${skipped}" errors="0"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="cordon breakout" ${head} time="${seconds(report.durationMs)}">`,
    ...report.controls.filter(({ results }) => results.length > 0).map(suite),
    ...(report.faults.length > 0 ? [faultSuite(report.faults)] : []),
    "</testsuites>",
    "",
  ].join("\n");
}

function suite({ control, results }: ControlVerdict): string {
  const count = (...statuses: readonly string[]) => results.filter(({ status }) => statuses.includes(status)).length;
  const counts = `failures="${count("broken", "degraded")}" skipped="${count("unsupported", "no-baseline")}"`;
  return [
    `  <testsuite name="${xml(control)}" tests="${results.length}" ${counts} errors="0">`,
    ...results.map((result) => testCase(control, result)),
    "  </testsuite>",
  ].join("\n");
}

function faultSuite(faults: readonly FaultResult[]): string {
  const count = (status: FaultResult["status"]) => faults.filter((each) => each.status === status).length;
  const counts = `failures="${count("broken")}" skipped="${count("unsupported")}"`;
  return [
    `  <testsuite name="faults" tests="${faults.length}" ${counts} errors="0">`,
    ...faults.map(faultCase),
    "  </testsuite>",
  ].join("\n");
}

function faultCase({ fault, status, evidence, durationMs }: FaultResult): string {
  const open = `    <testcase classname="faults" name="${xml(fault.id)}" time="${seconds(durationMs)}"`;
  if (status === "held") return `${open}/>`;
  if (status === "unsupported") return `${open}><skipped message="${xml(evidence)}"/></testcase>`;
  return `${open}><failure message="${xml(evidence)}" type="broken">${xml(fault.expects)}</failure></testcase>`;
}

function testCase(control: string, { attack, status, evidence, baseline, durationMs }: Result): string {
  const open = `    <testcase classname="${xml(control)}" name="${xml(attack.id)}" time="${seconds(durationMs)}"`;
  switch (status) {
    case "held":
      return `${open}/>`;
    case "broken":
    case "degraded":
      return `${open}><failure message="${xml(evidence)}" type="${status}">${xml(attack.sentence)}</failure></testcase>`;
    case "no-baseline":
      return `${open}><skipped message="${xml(`failed inside; no baseline: ${baseline}`)}"/></testcase>`;
    case "unsupported":
      return `${open}><skipped message="${xml(evidence)}"/></testcase>`;
  }
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

/** Markup is escaped, and what XML 1.0 can't carry at all is left out. */
export function xml(text: string): string {
  return text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
