// `cordon audit ship`: delivers what ended runs left in their spools. The exit status is 1 while something waits.
import { join, posix } from "node:path";
import { shipContext } from "../../../audit/ship/context.js";
import { type LeftoverReport, Leftovers } from "../../../audit/ship/leftovers.js";
import { CordonError } from "../../../core/error.js";
import { printable } from "../../../core/text.js";
import { flag, type Invocation } from "../../command.js";

/** A receiver that is there takes everything within this. */
const WITHIN_MS = 30_000;

/** `dir`: the folder of the record, `audit.dir` of the policy. */
export async function ship(invocation: Invocation, dir: string): Promise<number> {
  const { env, out, cwd } = invocation;
  const [, named, ...more] = invocation.positionals;
  if (more.length > 0)
    throw new CordonError("usage", "audit ship takes one folder", { hint: "cordon audit ship [DIR]" });
  const folder = join(named === undefined ? dir : posix.resolve(cwd, named), "spool");
  const reports = await new Leftovers(folder, shipContext(env)).finish(WITHIN_MS);
  const told = reports.filter(({ waiting, delivered }) => waiting > 0 || delivered > 0);
  if (flag(invocation, "json")) out.print(JSON.stringify(told, null, 2));
  else out.print(told.length === 0 ? "nothing waits" : told.map(reportText).join("\n"));
  return reports.some(({ waiting, problem }) => waiting > 0 || problem !== undefined) ? 1 : 0;
}

function reportText({ run, name, delivered, waiting, problem }: LeftoverReport): string {
  const left = waiting === 0 ? "" : `, ${waiting} left`;
  return printable(
    `${run} to ${name}: ${delivered} delivered${left}${problem === undefined ? "" : ` (${problem})`}`,
    1000,
  );
}
