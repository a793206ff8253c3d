// `cordon help [COMMAND]`.
import { CordonError } from "../../core/error.js";
import { didYouMean, printable } from "../../core/text.js";
import type { Invocation } from "../command.js";
import { commandHelp, generalHelp } from "../help.js";
import { COMMANDS, findCommand } from "../table.js";

export async function run({ positionals, out }: Invocation): Promise<number> {
  const [name] = positionals;
  const command = name === undefined ? undefined : findCommand(name);
  if (name !== undefined && command === undefined) {
    const meant = didYouMean(
      name,
      COMMANDS.map((each) => each.name),
    );
    throw new CordonError("usage", `there is no command "${printable(name, 60)}".${meant}`, {
      hint: "cordon --help lists them",
    });
  }
  out.print(command === undefined ? generalHelp() : commandHelp(command));
  return 0;
}
