// docs/cli.md, out of the command table that parsing, help and completion are made from.
import { pathToFileURL } from "node:url";
import { code, table } from "./docs-markdown.mjs";

export async function generate(build) {
  const { COMMANDS, isReady } = await import(pathToFileURL(`${build}/src/cli/table.js`).href);
  const ready = COMMANDS.filter(isReady);
  const later = COMMANDS.filter((command) => !isReady(command));
  const parts = [
    "# The command line",
    "Made from the command table by `npm run docs`; never edited by hand.",
    "`cordon help COMMAND` prints the same. Options stand before what is for the sandboxed program: everything after the first word that isn't an option, or after `--`, belongs to it. An option that a command doesn't know is an error. [errors.md](errors.md) lists the exit statuses.",
    table(
      ["command", "what it does"],
      ready.map(({ name, summary }) => [`[\`cordon ${name}\`](#cordon-${name})`, summary]),
    ),
    ...ready.map(section),
    "## In later releases",
    "These names are taken already. Using one ends with status 125 and a line that says so.",
    table(
      ["command", "what it will do"],
      later.map(({ name, usage, summary }) => [code(words("cordon", name, usage)), summary]),
    ),
  ];
  return { "docs/cli.md": `${parts.join("\n\n")}\n` };
}

function section(command) {
  const options = Object.entries(command.options);
  return [
    `## cordon ${command.name}`,
    `${command.summary.charAt(0).toUpperCase()}${command.summary.slice(1)}.`,
    `    ${words("cordon", command.name, command.usage)}`,
    ...(command.help === undefined ? [] : [helpText(command.help)]),
    ...(options.length === 0 ? [] : [table(["option", "meaning"], options.map(optionRow))]),
  ].join("\n\n");
}

function optionRow([name, { short, value, summary, choices, multiple }]) {
  const head = words(`--${name}`, value ?? "");
  const remarks = [
    ...(choices === undefined ? [] : [`one of ${choices.map(code).join(", ")}`]),
    ...(multiple === true ? ["may be given several times"] : []),
  ];
  const names = short === undefined ? code(head) : `${code(`-${short}`)}, ${code(head)}`;
  return [names, [summary, ...remarks].join("; ")];
}

/** Indented lines are examples, the others sentences. */
function helpText(text) {
  return text
    .split("\n\n")
    .map((block) =>
      block.startsWith("  ")
        ? block
            .split("\n")
            .map((line) => `    ${line.trim()}`)
            .join("\n")
        : block,
    )
    .join("\n\n");
}

function words(...parts) {
  return parts.filter((part) => part !== "").join(" ");
}
