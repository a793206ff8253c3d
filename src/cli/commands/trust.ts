// `cordon trust`: the user accepts a workspace's policy by its exact content. Must only ever run outside a sandbox, for a person.
import { homedir } from "node:os";
import { posix } from "node:path";
import { CordonError } from "../../core/error.js";
import { printable } from "../../core/text.js";
import { formatDiagnostic, summariseDiagnostics } from "../../policy/diagnostics.js";
import { type LoadRequest, loadPolicy } from "../../policy/load.js";
import { stateFolder, trust, trustState } from "../../policy/trust.js";
import type { Invocation } from "../command.js";

export async function run(invocation: Invocation): Promise<number> {
  if (invocation.positionals.length > 1)
    throw new CordonError("usage", "trust takes one policy file", { place: "trust" });
  const { cwd, out } = invocation;
  const file = posix.resolve(cwd, invocation.positionals[0] ?? "cordon.yaml");
  const home = invocation.env["HOME"]?.startsWith("/") ? invocation.env["HOME"] : homedir();
  const stateDir = stateFolder(invocation.env, home);
  const before = await trustState(file, stateDir);
  if (before.state === "trusted") {
    out.print(`${printable(file)} is trusted already, as it stands now`);
    return 0;
  }
  const result = await trust(file, stateDir, home);
  if (!result.ok) throw new CordonError("policy-invalid", summariseDiagnostics(result.diagnostics, cwd));
  if (result.difference !== "") out.print(result.difference);
  for (const one of result.texts.keys()) out.print(`trusted ${printable(one)} as it stands now`);
  await warn(invocation, { file, home, texts: result.texts });
  return 0;
}

/** What the accepted policy as a whole should be looked at for. Trust stands either way: it is about who wrote it. */
async function warn(
  invocation: Invocation,
  about: Pick<LoadRequest, "home" | "texts"> & { readonly file: string },
): Promise<void> {
  const loaded = await loadPolicy({ ...about, profiles: [], overrides: [], cwd: invocation.cwd });
  for (const one of loaded.ok ? loaded.warnings : loaded.diagnostics)
    invocation.out.note(formatDiagnostic(one, invocation.cwd));
}
