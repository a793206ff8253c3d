// `cordon audit verify`: what the records prove. Exit status 1 when something was tampered with; a run that died is told, not blamed.
import { posix } from "node:path";
import { wantsRun } from "../../../audit/entries.js";
import { readPublicKey } from "../../../audit/keys.js";
import { type Target, verifyTarget } from "../../../audit/target.js";
import type { RunReport } from "../../../audit/verify.js";
import { CordonError } from "../../../core/error.js";
import { printable } from "../../../core/text.js";
import { flag, type Output, texts } from "../../command.js";
import type { AuditRequest } from "../audit.js";
import { type Paint, painter } from "./lines.js";

/** More findings of one record than this are counted only. */
const MAX_FINDINGS = 50;

export async function verify({ invocation, target, auditDir }: AuditRequest): Promise<number> {
  const { cwd, out } = invocation;
  const keys = texts(invocation, "key").map((file) => readPublicKey(posix.resolve(cwd, file)));
  const chosen = chosenRuns(target, texts(invocation, "run"));
  const json = flag(invocation, "json");
  const paint = painter(out.colour);
  const reports: RunReport[] = [];
  const walk = verifyTarget(chosen, { keys, auditDir });
  let step = walk.next();
  for (; step.done !== true; step = walk.next()) {
    reports.push(step.value);
    if (!json) out.print(reportText(step.value, paint));
  }
  const damaged = step.value;
  const tampered = reports.some(({ state }) => state === "tampered") || damaged.length > 0;
  if (json) out.print(JSON.stringify({ version: 1, ok: !tampered, records: reports, damagedLedger: damaged }, null, 2));
  else printEnd(out, reports, damaged);
  return tampered ? 1 : 0;
}

/** With `--run`, what isn't asked for isn't missed either. */
function chosenRuns(target: Target, runs: readonly string[]): Target {
  if (runs.length === 0) return target;
  const records = target.records.filter(({ run }) => wantsRun({ runs, types: [] }, run));
  if (records.length > 0) return { ...target, records, whole: false };
  throw new CordonError("usage", `there is no record of ${runs.map((run) => printable(run, 80)).join(", ")}`, {
    place: "--run",
  });
}

const WORDS = {
  finished: ["ok", 32],
  running: ["running", 32],
  open: ["open end", 33],
  tampered: ["TAMPERED", 31],
} as const;

function reportText(report: RunReport, paint: Paint): string {
  const [word, colour] = WORDS[report.state];
  const lines = [`${paint(colour, word.padEnd(8))}  ${printable(report.run)}  ${summaryOf(report)}`];
  for (const { from, to, reason } of report.gaps) {
    const which =
      to === undefined ? `events from ${from} on` : to === from ? `event ${from}` : `events ${from} to ${to}`;
    lines.push(`          ${which} could not be recorded: ${printable(reason)}`);
  }
  for (const { file, fileLine, message, seq } of report.findings.slice(0, MAX_FINDINGS))
    lines.push(
      `          ${printable(file)}:${fileLine}: ${printable(message)}${seq === undefined ? "" : ` [seq ${seq}]`}`,
    );
  const more = report.findings.length - MAX_FINDINGS;
  if (more > 0) lines.push(`          and ${more} more`);
  return lines.join("\n");
}

function summaryOf({ state, events, lines, signedSeq, chainedSeq, tornBytes, files }: RunReport): string {
  const counted = `${events} ${events === 1 ? "event" : "events"} in ${lines} lines${files.length > 1 ? ` of ${files.length} files` : ""}`;
  if (state === "finished") return `${counted}, signed to the end`;
  if (state === "tampered") return counted;
  const torn = tornBytes === 0 ? "" : `; ${tornBytes} bytes of a line that wasn't written whole`;
  const why =
    state === "running" ? "" : "; it has no end: the supervisor was killed, or what no signature covers was cut off";
  return `${counted}, signed up to event ${signedSeq}, chained up to event ${chainedSeq}${torn}${why}`;
}

function printEnd(
  out: Output,
  reports: readonly RunReport[],
  damaged: readonly { readonly file: string; readonly line: number }[],
): void {
  for (const { file, line } of damaged)
    out.print(
      `TAMPERED  ${printable(file)}:${line}: this line of the ledger isn't as it was written; a cut end may go unseen`,
    );
  if (reports.length <= 1) return;
  const counts = Object.entries(WORDS).flatMap(([state, [word]]) => {
    const count = reports.filter((report) => report.state === state).length;
    return count === 0 ? [] : [`${count} ${word}`];
  });
  out.print(`${reports.length} records: ${counts.join(", ")}`);
}
