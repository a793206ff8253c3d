// Problems as lines for people and as data for programs. Pure.
import { type Diagnostic, formatPlace } from "./types.js";

/** A path below the current folder is shown without it, as compilers do, so that editors and people find it. */
function shortened(file: string, cwd: string): string {
  return cwd !== "/" && file.startsWith(`${cwd}/`) ? file.slice(cwd.length + 1) : file;
}

/** `cordon.yaml:3:19: error: limits.memory must be a size such as 512M, not "lots"` */
export function formatDiagnostic(diagnostic: Diagnostic, cwd = "/"): string {
  const { place, severity, message, hint } = diagnostic;
  const where = formatPlace({ ...place, file: shortened(place.file, cwd) });
  return `${where}: ${severity}: ${message}${hint === undefined ? "" : ` (${hint})`}`;
}

/** A problem as `--json` shows it. */
export function diagnosticData(diagnostic: Diagnostic): Readonly<Record<string, unknown>> {
  const { place, severity, code, message, hint } = diagnostic;
  return {
    severity,
    file: place.file,
    line: place.line,
    column: place.column,
    code,
    message,
    ...(hint === undefined ? {} : { hint }),
  };
}

/** Many problems as the one line that a refusal has room for: the first, and how many more. */
export function summariseDiagnostics(diagnostics: readonly Diagnostic[], cwd = "/"): string {
  const errors = diagnostics.filter((one) => one.severity === "error");
  const [first] = errors;
  if (first === undefined) return "the policy has no errors";
  const more = errors.length === 1 ? "" : `; ${errors.length - 1} more, see cordon check`;
  return `${formatDiagnostic(first, cwd).replace(": error: ", ": ")}${more}`;
}
