// Help texts, made from the command table. Pure.
import type { Command, OptionSpec } from "./command.js";
import { COMMANDS, isReady } from "./table.js";

export function generalHelp(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length));
  const line = ({ name, summary }: Command) => `  ${name.padEnd(width)}  ${summary}`;
  return [
    "Usage: cordon COMMAND [options]",
    "",
    "Runs a command, such as an LLM agent, so that what it can reach is stated in one file and enforced by the kernel.",
    "",
    ...COMMANDS.filter(isReady).map(line),
    "",
    `Later releases: ${COMMANDS.filter((command) => !isReady(command))
      .map(({ name }) => name)
      .join(", ")}`,
    "",
    "cordon help COMMAND tells more. cordon --version prints the version.",
    "",
  ].join("\n");
}

export function commandHelp(command: Command): string {
  const options = Object.entries(command.options);
  const heads = options.map(([name, spec]) => optionHead(name, spec));
  const width = Math.max(0, ...heads.map((head) => head.length));
  const lines = options.map(
    ([, spec], index) => `  ${(heads[index] ?? "").padEnd(width)}  ${spec.summary}${remarks(spec)}`,
  );
  return [
    `Usage: cordon ${[command.name, command.usage].filter((part) => part !== "").join(" ")}`,
    "",
    sentence(command.summary),
    ...(isReady(command) ? [] : ["", "This comes in a later release."]),
    ...(lines.length === 0 || !isReady(command) ? [] : ["", ...lines]),
    ...(command.help === undefined ? [] : ["", command.help]),
    "",
  ].join("\n");
}

function optionHead(name: string, { short, value }: OptionSpec): string {
  return `${short === undefined ? "    " : `-${short}, `}--${name}${value === undefined ? "" : ` ${value}`}`;
}

function remarks({ choices, multiple }: OptionSpec): string {
  const parts = [...(choices === undefined ? [] : [choices.join(", ")]), ...(multiple === true ? ["repeatable"] : [])];
  return parts.length === 0 ? "" : ` (${parts.join("; ")})`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
