// `cordon version`: the version of the package, as it is written in package.json.
import packageJson from "../../../package.json" with { type: "json" };
import { flag, type Invocation } from "../command.js";

export async function run(invocation: Invocation): Promise<number> {
  const { name, version } = packageJson;
  invocation.out.print(flag(invocation, "json") ? JSON.stringify({ name, version }) : `${name} ${version}`);
  return 0;
}
