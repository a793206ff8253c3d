// `cordon export`: the policy as a unit, a profile, a manifest or a script of another system, to stdout or into a folder. Starts nothing.
import { posix } from "node:path";
import { handOff } from "../../backends/export/hand-off.js";
import { loadExporter } from "../../backends/export/kinds.js";
import type { Exported, Exporter } from "../../backends/export/types.js";
import { CordonError } from "../../core/error.js";
import { printable } from "../../core/text.js";
import { type Invocation, text } from "../command.js";
import { planFor } from "../pipeline.js";
import { writeFiles } from "./export/write.js";

export async function run(invocation: Invocation): Promise<number> {
  const { out, cwd, positionals } = invocation;
  const [kind = "", ...command] = positionals;
  const exporter = await loadExporter(kind);
  const exported = await exportedBy(invocation, exporter, command);
  const folder = text(invocation, "output");
  if (folder === undefined) out.print(printed(exported));
  else for (const path of writeFiles(posix.resolve(cwd, folder), exported.files)) out.note(`wrote ${printable(path)}`);
  if (folder === undefined && exported.files.length > 1)
    out.note(`${exported.files.length} files; -o DIR writes each as a file of its own`);
  for (const loss of exported.lost) out.note(`lost compared with "cordon run": ${printable(loss, 1000)}`);
  return 0;
}

async function exportedBy(invocation: Invocation, exporter: Exporter, command: readonly string[]): Promise<Exported> {
  if (exporter.command === "required" && command.length === 0)
    throw new CordonError("usage", `${exporter.kind} names the command that it starts`, {
      hint: `cordon export ${exporter.kind} -- COMMAND`,
    });
  const { plan, policy, facts, notes } = await planFor(invocation, command);
  if (exporter.ofThisUser && facts.user.uid === 0)
    throw new CordonError(
      "export-refused",
      `${exporter.kind} is for the user who starts it, and root isn't one to start an agent`,
      {
        hint: "export as the user who will use it",
      },
    );
  for (const note of notes) invocation.out.note(note);
  const handed = handOff(plan, policy.settings.process.env);
  const image = text(invocation, "image");
  const exported = exporter.make({
    plan: handed.plan,
    facts,
    passed: handed.passed,
    lost: handed.lost,
    // A name with an upstream of its own (`connect`) is none of another proxy's.
    rules: plan.network.rules.filter(({ connect }) => connect === undefined),
    ...(image === undefined ? {} : { image }),
  });
  return exported;
}

/** One file as it is; several with a line before each. */
function printed({ files }: Exported): string {
  if (files.length === 1) return files.map(({ content }) => content).join("");
  return files.map(({ name, content }) => `# ==> ${name} <==\n${content}`).join("\n");
}
