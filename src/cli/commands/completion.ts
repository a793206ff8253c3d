// `cordon completion bash|zsh|fish`: prints a script for the shell.
import { CordonError } from "../../core/error.js";
import type { Invocation } from "../command.js";
import { completionScript, SHELLS } from "../completion.js";

export async function run({ positionals, out }: Invocation): Promise<number> {
  const [name, ...more] = positionals;
  const shell = SHELLS.find((each) => each === name);
  if (shell === undefined || more.length > 0) {
    throw new CordonError("usage", `completion takes the name of a shell: ${SHELLS.join(", ")}`, {
      hint: "cordon help completion",
    });
  }
  const { builtinNames } = await import("../../policy/profiles/builtin.js");
  out.print(completionScript(shell, builtinNames()));
  return 0;
}
