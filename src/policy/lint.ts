// What a valid policy says that its author may not mean: grants as wide as the house, sockets that are as good as root, rules
// without effect. Pure. Errors refuse the policy; warnings are shown by `check` (and as notes by `run`).
import { lintFiles } from "./lint/files.js";
import { lintNetwork } from "./lint/network.js";
import { lintProcess } from "./lint/process.js";
import { lintRecord } from "./lint/record.js";
import { type Finding, type Findings, LintContext } from "./lint/report.js";
import type { Diagnostic, Policy } from "./types.js";

const RULES: readonly ((context: LintContext) => Findings)[] = [lintFiles, lintNetwork, lintProcess, lintRecord];

export function lintPolicy(policy: Policy, user: { readonly home: string }): readonly Diagnostic[] {
  const context = new LintContext(policy, user.home);
  return RULES.flatMap((rule) => [...rule(context)]).flatMap((finding) => diagnosticOf(context, finding));
}

/** Nobody can act on a warning about Cordon's own profiles; an error there is still one. */
function diagnosticOf(context: LintContext, finding: Finding): readonly Diagnostic[] {
  const place = context.place(finding.path);
  if (finding.severity === "warning" && place.file.startsWith("built-in:")) return [];
  const { severity, code, message, hint } = finding;
  return [{ severity, place, code, message, ...(hint === undefined ? {} : { hint }) }];
}
