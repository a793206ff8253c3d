// `cordon check`: reads a policy as `run` would and lists what is wrong with it. Starts nothing and trusts nothing.
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { posix } from "node:path";
import { CordonError } from "../../core/error.js";
import { diagnosticData, formatDiagnostic } from "../../policy/diagnostics.js";
import { loadPolicy } from "../../policy/load.js";
import { flag, type Invocation, texts } from "../command.js";

export async function run(invocation: Invocation): Promise<number> {
  if (texts(invocation, "rules").length > 0) {
    throw new CordonError("not-implemented", "organisation rules come with a later release", { place: "--rules" });
  }
  if (invocation.positionals.length > 1)
    throw new CordonError("usage", "check takes one policy file", { place: "check" });
  const { cwd } = invocation;
  const named = invocation.positionals[0];
  const file = posix.resolve(cwd, named ?? "cordon.yaml");
  if (named === undefined && !existsSync(file)) {
    throw new CordonError("policy-missing", "there is no cordon.yaml in this folder", {
      hint: "cordon init writes one",
    });
  }
  const home = invocation.env["HOME"]?.startsWith("/") ? invocation.env["HOME"] : homedir();
  const result = await loadPolicy({ file, profiles: [], overrides: [], home, cwd });
  const problems = result.ok ? result.warnings : result.diagnostics;
  if (flag(invocation, "json")) {
    const digest = result.ok ? { digest: result.policy.digest } : {};
    invocation.out.print(
      JSON.stringify({ file, valid: result.ok, ...digest, problems: problems.map(diagnosticData) }, null, 2),
    );
    return result.ok ? 0 : 125;
  }
  for (const problem of problems) invocation.out.print(formatDiagnostic(problem, cwd));
  invocation.out.note(summary(result.ok, problems.length));
  return result.ok ? 0 : 125;
}

function summary(valid: boolean, problems: number): string {
  if (!valid) return "the policy isn't valid";
  if (problems === 0) return "the policy is valid";
  return `the policy is valid, with ${problems} ${problems === 1 ? "warning" : "warnings"}`;
}
