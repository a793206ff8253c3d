// The command line by the command table. Pure. An option that isn't in the table is an error, never somebody else's: what belongs to
// the sandboxed command begins with the first word that isn't an option.
import { parseArgs } from "node:util";
import { CordonError } from "../core/error.js";
import { didYouMean, printable } from "../core/text.js";
import type { Command, Invocation, OptionSpec } from "./command.js";
import { COMMANDS, findCommand, isReady } from "./table.js";

export type Parsed =
  | { readonly kind: "help"; readonly command: Command | undefined }
  | { readonly kind: "version" }
  | ({ readonly kind: "command"; readonly command: Command } & Arguments);

export type Arguments = Pick<Invocation, "options" | "positionals" | "order">;

export function parse(argv: readonly string[]): Parsed {
  const [first, ...rest] = argv;
  if (first === undefined || first === "--help" || first === "-h") return { kind: "help", command: undefined };
  if (first === "--version" || first === "-V") return { kind: "version" };
  if (first.startsWith("-")) {
    throw usage(`there is no option ${shown(first)} before a command`, "cordon --help lists the commands");
  }
  const command = findCommand(first);
  if (command === undefined) {
    const names = COMMANDS.map(({ name }) => name);
    throw usage(
      `there is no command "${shown(first)}".${didYouMean(first, names)}`,
      "cordon --help lists them; cordon run -- COMMAND runs a program",
    );
  }
  // Options of commands that aren't there yet are not known; the command itself says so.
  if (!isReady(command) && !rest.includes("--help"))
    return { kind: "command", command, options: {}, positionals: rest, order: [] };
  return parseArguments(command, rest) ?? { kind: "help", command };
}

/** undefined: help was asked for. */
function parseArguments(command: Command, args: readonly string[]): Extract<Parsed, { kind: "command" }> | undefined {
  const specs: Readonly<Record<string, OptionSpec>> = {
    ...command.options,
    help: { type: "boolean", short: "h", summary: "" },
  };
  const tokens = tokensOf(specs, args);
  const end = tokens.find(
    (token) => token.kind === "option-terminator" || (command.positionals === "first" && token.kind === "positional"),
  );
  const last = end?.index ?? args.length;
  const order: { name: string; value: string | true }[] = [];
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.index >= last) break;
    if (token.kind === "option") order.push(checkOption(command, specs, token));
    else if (token.kind === "positional") positionals.push(token.value);
  }
  if (order.some(({ name }) => name === "help")) return undefined;
  const rest = args.slice(end?.kind === "option-terminator" ? last + 1 : last);
  const all = [...positionals, ...rest];
  if (command.positionals === "none" && all.length > 0) {
    throw usage(
      `${command.name} takes no arguments, but "${shown(all[0] ?? "")}" was given`,
      `cordon help ${command.name}`,
    );
  }
  return { kind: "command", command, options: collect(specs, order), positionals: all, order };
}

function tokensOf(specs: Readonly<Record<string, OptionSpec>>, args: readonly string[]) {
  const options = Object.fromEntries(
    Object.entries(specs).map(([name, { type, short, multiple = false }]) => [
      name,
      { type, multiple, ...(short === undefined ? {} : { short }) },
    ]),
  );
  return parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true }).tokens;
}

type OptionToken = Extract<ReturnType<typeof tokensOf>[number], { kind: "option" }>;

function checkOption(
  command: Command,
  specs: Readonly<Record<string, OptionSpec>>,
  token: OptionToken,
): { name: string; value: string | true } {
  const { name, rawName, value, inlineValue } = token;
  const spec = Object.hasOwn(specs, name) ? specs[name] : undefined;
  if (spec === undefined) {
    const meant = didYouMean(
      rawName,
      Object.keys(specs).map((each) => `--${each}`),
    );
    throw usage(
      `${command.name} has no option ${shown(rawName)}.${meant}`,
      `cordon help ${command.name}; what is for the sandboxed program comes after its name`,
    );
  }
  if (spec.type === "boolean") {
    if (value !== undefined) throw usage(`${rawName} takes no value`, `cordon help ${command.name}`);
    return { name, value: true };
  }
  if (value === undefined)
    throw usage(`${rawName} needs a value: ${spec.value ?? "VALUE"}`, `cordon help ${command.name}`);
  // Two options after each other are a forgotten value, not a value that happens to begin with a hyphen.
  if (inlineValue !== true && value.startsWith("-") && value !== "-") {
    throw usage(
      `${rawName} needs a value: ${spec.value ?? "VALUE"}`,
      `for one that begins with a hyphen: --${name}=${shown(value)}`,
    );
  }
  if (spec.choices !== undefined && !spec.choices.includes(value)) {
    throw usage(
      `${rawName} must be one of ${spec.choices.join(", ")}, not "${shown(value)}".${didYouMean(value, spec.choices)}`,
      `cordon help ${command.name}`,
    );
  }
  return { name, value };
}

function collect(specs: Readonly<Record<string, OptionSpec>>, order: Arguments["order"]): Arguments["options"] {
  const options: Record<string, boolean | string | string[]> = {};
  for (const { name, value } of order) {
    const before = options[name];
    if (specs[name]?.multiple === true && typeof value === "string")
      options[name] = [...(Array.isArray(before) ? before : []), value];
    else options[name] = value;
  }
  return options;
}

function shown(word: string): string {
  return printable(word, 60);
}

function usage(message: string, hint: string): CordonError {
  return new CordonError("usage", message, { hint });
}
