// `cordon plan`: exactly what the backend would be given, as text or JSON. Starts nothing.
import { fullTable } from "../../backends/assemble.js";
import { wallOf } from "../../backends/common/launch.js";
import { formatOp } from "../../backends/common/listing.js";
import { isStaged } from "../../backends/common/staged.js";
import { formatArgv, quoteWord } from "../../core/argv.js";
import { printable } from "../../core/text.js";
import type { Artifact } from "../../plan/types.js";
import { flag, type Invocation } from "../command.js";
import { planFor } from "../pipeline.js";

export async function run(invocation: Invocation): Promise<number> {
  const { plan, artifact, notes } = await planFor(invocation, invocation.positionals);
  if (flag(invocation, "json"))
    invocation.out.print(JSON.stringify({ version: 1, plan, launch: plainLaunch(artifact), notes }, null, 2));
  else invocation.out.print(planText(artifact, plan.command.argv));
  for (const note of notes) invocation.out.note(note);
  return 0;
}

function planText(artifact: Artifact, command: readonly string[]): string {
  const { main, files, prepare, cleanup } = artifact;
  const table = fullTable(artifact);
  const width = Math.max(0, ...table.map(({ control }) => control.length));
  return [
    `backend: ${artifact.backend}`,
    ...prepare.map((argv) => `before: ${formatArgv(argv)}`),
    `command line: ${formatArgv(main.argv)}`,
    ...wallLines(artifact, command),
    `environment of it: ${
      Object.entries(main.env)
        .map(([name, value]) => `${name}=${quoteWord(value)}`)
        .join(" ") || "empty"
    }`,
    ...files.map(
      ({ path, mode, content }) => `file: ${printable(path)} mode ${mode.toString(8)} (${content.length} characters)`,
    ),
    ...cleanup.map((argv) => `after: ${formatArgv(argv)}`),
    "",
    `operations on descriptor 3 (${main.ops.length}):`,
    ...main.ops.filter(({ op }) => op !== "wall").map((op) => `  ${formatOp(op)}`),
    "",
    "enforcement:",
    ...table.map(
      ({ control, status, mechanism }) => `  ${control.padEnd(width)}  ${status}  ${printable(mechanism, 400)}`,
    ),
    "",
  ].join("\n");
}

/** The program that makes the wall, which cordon-init starts. */
function wallLines(artifact: Artifact, command: readonly string[]): readonly string[] {
  const wall = wallOf(artifact);
  if (wall.length === 0) return [];
  return [
    `the wall: ${formatArgv(wall)}`,
    ...(isStaged(artifact.main.ops)
      ? []
      : [`by hand in bash, the wall alone without what cordon-init does inside: ${byHand(artifact, command)}`]),
  ];
}

/** With the command in the place of cordon-init, and what bash itself can put on a descriptor. */
function byHand(artifact: Artifact, command: readonly string[]): string {
  const own = wallOf(artifact).filter((word) => !word.startsWith("--keep-fd="));
  const files = artifact.main.ops.flatMap(({ op, fields: [number, content] }) =>
    op === "wall-file" && content instanceof Uint8Array
      ? [`${number}< <(base64 -d <<< '${Buffer.from(content).toString("base64")}')`]
      : [],
  );
  return [formatArgv([...own.slice(0, -2), ...(command.length === 0 ? ["sh"] : command)]), ...files].join(" ");
}

/** Bytes as base64, so that the JSON holds all of the launch. */
function plainLaunch(artifact: Artifact): unknown {
  const ops = artifact.main.ops.map(({ op, fields }) => ({ op, fields: fields.map(plainField) }));
  return { ...artifact, main: { ...artifact.main, ops } };
}

function plainField(field: Artifact["main"]["ops"][number]["fields"][number]): unknown {
  if (field instanceof Uint8Array) return { base64: Buffer.from(field).toString("base64") };
  return typeof field === "bigint" ? field.toString() : field;
}
