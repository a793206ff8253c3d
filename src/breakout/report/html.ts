// The report as one page: no script, nothing from elsewhere, readable in the dark. Everything is escaped: evidence comes from inside. Pure.
import { printable } from "../../core/text.js";
import { controlOf } from "../../plan/controls.js";
import type { FaultResult } from "../faults/types.js";
import type { ControlVerdict, Report, Result, Status } from "../types.js";
import { countsOf, heldAll } from "../verdicts.js";
import { resultLine, STATUS_MEANS, STATUS_WORDS } from "./words.js";

const STYLE = `
:root { color-scheme: light dark; --fg: #1b1f24; --bg: #fff; --dim: #57606a; --line: #d0d7de; --held: #1a7f37; --broken: #b42318; --part: #8a5a00; }
@media (prefers-color-scheme: dark) { :root { --fg: #e6edf3; --bg: #0d1117; --dim: #9aa4af; --line: #30363d; --held: #56d364; --broken: #ff7b72; --part: #e3b341; } }
* { box-sizing: border-box; }
body { margin: 2rem auto; padding: 0 1rem; max-width: 75rem; font: 16px/1.5 system-ui, sans-serif; color: var(--fg); background: var(--bg); }
h1, p, td { overflow-wrap: anywhere; } h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; }
.counts { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; padding: 0; list-style: none; }
.scroll { overflow-x: auto; } table { width: 100%; border-collapse: collapse; }
th, td { padding: .4rem .6rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
th { font-weight: 600; } small, .dim { color: var(--dim); } code { font-size: .9em; overflow-wrap: anywhere; }
summary { cursor: pointer; padding: .4rem 0; } details { border-bottom: 1px solid var(--line); }
.held { color: var(--held); } .broken { color: var(--broken); font-weight: 700; } .degraded, .no-baseline { color: var(--part); } .unsupported, .not-asked, .not-tried { color: var(--dim); }
`;

export function reportHtml(report: Report): string {
  const verdict = heldAll(report) ? "Everything that was tried held" : "Not everything held";
  return [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${html(`Breakout: ${report.target}`)}</title>`,
    `<style>${STYLE}</style>`,
    "</head>",
    "<body>",
    `<h1>${html(verdict)}</h1>`,
    `<p>${html(report.target)}, attacked by Cordon ${html(report.cordon)} on Linux ${html(report.kernel)}, <time>${html(report.startedAt)}</time>.</p>`,
    counts(report),
    ...report.notes.map((note) => `<p class="dim">${html(note)}</p>`),
    ...(report.controls.length === 0 ? [] : ["<h2>Controls</h2>", controlTable(report.controls), "<h2>Attacks</h2>"]),
    ...report.controls.filter(({ results }) => results.length > 0).map(attacksOf),
    ...(report.faults.length > 0 ? ["<h2>Faults</h2>", faultTable(report.faults)] : []),
    "</body>",
    "</html>",
    "",
  ].join("\n");
}

function counts(report: Report): string {
  if (report.controls.length === 0) return "";
  const items = Object.entries(countsOf(report)) as readonly (readonly [Status, number])[];
  const list = items.map(
    ([status, count]) => `<li class="${status}"><strong>${count}</strong> ${html(STATUS_WORDS[status])}</li>`,
  );
  return `<ul class="counts">${list.join("")}</ul>`;
}

function controlTable(controls: readonly ControlVerdict[]): string {
  const rows = controls.map(
    ({ control, status, mechanism, results }) =>
      `<tr><td>${html(controlOf(control)?.title ?? control)}<br><small>${html(control)}</small></td><td class="${status}" title="${html(STATUS_MEANS[status])}">${html(STATUS_WORDS[status])}</td><td>${results.length}</td><td>${html(mechanism)}</td></tr>`,
  );
  return `<div class="scroll"><table><thead><tr><th>Control</th><th>Status</th><th>Attacks</th><th>Mechanism</th></tr></thead><tbody>${rows.join("\n")}</tbody></table></div>`;
}

function attacksOf({ control, status, results }: ControlVerdict): string {
  const open = status === "broken" || status === "degraded" ? " open" : "";
  const sentence = controlOf(control)?.sentence ?? "";
  return `<details${open}><summary><code>${html(control)}</code> <span class="${status}">${html(STATUS_WORDS[status])}</span> <span class="dim">${html(sentence)}</span></summary>
<div class="scroll"><table><thead><tr><th>Attack</th><th>What is tried</th><th>What happened</th><th>Evidence</th></tr></thead><tbody>
${results.map(row).join("\n")}
</tbody></table></div></details>`;
}

function row(result: Result): string {
  const { attack, status } = result;
  return `<tr><td><code>${html(attack.id)}</code><br><small>${html(attack.severity)}, ${html(attack.threats.join(", "))}</small></td><td>${html(attack.sentence)}</td><td class="${status}">${html(STATUS_WORDS[status])}</td><td>${html(resultLine(result))}</td></tr>`;
}

function faultTable(faults: readonly FaultResult[]): string {
  const rows = faults.map(
    ({ fault, status, evidence }) =>
      `<tr><td><code>${html(fault.id)}</code><br><small>${html(fault.severity)}, ${html(fault.threats.join(", "))}</small></td><td>${html(fault.sentence)}</td><td>${html(fault.expects)}</td><td class="${status}">${html(STATUS_WORDS[status])}</td><td>${html(evidence)}</td></tr>`,
  );
  return `<div class="scroll"><table><thead><tr><th>Fault</th><th>What breaks</th><th>What must be true</th><th>What happened</th><th>Evidence</th></tr></thead><tbody>${rows.join("\n")}</tbody></table></div>`;
}

export function html(text: string): string {
  return printable(text, 1000)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}
