// `cordon audit`: one file for each of its actions, loaded when it is asked for.
import { homedir } from "node:os";
import { CordonError } from "../../core/error.js";
import { stateFolder } from "../../policy/trust.js";
import type { Invocation } from "../command.js";

export async function run(invocation: Invocation): Promise<number> {
  const [action] = invocation.positionals;
  const { env } = invocation;
  const home = env["HOME"]?.startsWith("/") === true ? env["HOME"] : homedir();
  if (action === "ship") return (await import("./audit/ship.js")).ship(invocation, stateFolder(env, home));
  throw new CordonError("usage", "audit takes `ship`", { hint: "cordon audit ship" });
}
