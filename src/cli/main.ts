// The command `cordon`: parse, run one command, exit. The only place that exits, and that reads the process's own arguments,
// environment and folder. It must never show a stack trace to somebody who didn't ask for one.
import { CordonError } from "../core/error.js";
import type { Invocation } from "./command.js";
import { endingOf } from "./exit.js";
import { keepOutputBlocking, makeOutput, writeAll } from "./output.js";
import { type Parsed, parse } from "./parse.js";

async function main(argv: readonly string[]): Promise<number> {
  const parsed = parse(argv);
  if (parsed.kind === "help") return printHelp(parsed);
  if (parsed.kind === "version")
    return (await import("./commands/version.js")).run(invocationOf({ options: {}, positionals: [], order: [] }));
  const command = await parsed.command.load();
  return command.run(invocationOf(parsed));
}

async function printHelp({ command }: Extract<Parsed, { kind: "help" }>): Promise<number> {
  const { commandHelp, generalHelp } = await import("./help.js");
  writeAll(1, command === undefined ? generalHelp() : commandHelp(command));
  return 0;
}

function invocationOf({
  options,
  positionals,
  order,
}: Pick<Invocation, "options" | "positionals" | "order">): Invocation {
  const { env } = process;
  return { options, positionals, order, env, cwd: currentFolder(), out: makeOutput(env, options["quiet"] === true) };
}

function currentFolder(): string {
  try {
    return process.cwd();
  } catch {
    throw new CordonError("usage", "the current folder isn't there any more", { hint: "cd to one that is" });
  }
}

function fail(error: unknown): void {
  const { status, text } = endingOf(error, process.env["CORDON_DEBUG"] === "1");
  writeAll(2, `${text}\n`);
  process.exit(status);
}

// Nobody sees a stack trace but who asks for it, and each costs time: looking at the host expects many files not to be there.
if (process.env["CORDON_DEBUG"] !== "1") Error.stackTraceLimit = 0;
process.on("uncaughtException", fail);
process.on("unhandledRejection", fail);
keepOutputBlocking();
main(process.argv.slice(2)).then((status) => process.exit(status), fail);
