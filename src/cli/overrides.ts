// Options of the command line as layers of the policy, in the order in which they were given. Their place is the option's name.
import { homedir } from "node:os";
import { CordonError, unreachable } from "../core/error.js";
import { printable } from "../core/text.js";
import { readAssignment } from "../policy/assignment.js";
import type { Override } from "../policy/load.js";
import type { Invocation } from "./command.js";

type Given = Invocation["order"][number];

type PolicyOption = "backend" | "workspace" | "mode" | "read" | "write" | "deny" | "allow" | "env" | "secret" | "set";

const SHAPING: ReadonlySet<string> = new Set<PolicyOption>([
  "backend",
  "workspace",
  "mode",
  "read",
  "write",
  "deny",
  "allow",
  "env",
  "secret",
  "set",
]);

export async function overridesOf(
  order: readonly Given[],
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<readonly Override[]> {
  const overrides: Override[] = [];
  for (const { name, value } of order) {
    if (name === "secret" && typeof value === "string") overrides.push(...(await secretOverrides(value, env)));
    else if (isShaping(name) && typeof value === "string") overrides.push(await overrideOf(name, value));
  }
  return overrides;
}

/** A stored secret as it would be written; its hosts may be reached, or it would be of no use. */
async function secretOverrides(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<readonly Override[]> {
  const option = "--secret";
  const { SecretStore } = await import("../secrets/store.js");
  const stored = await new SecretStore(env, env["HOME"]?.startsWith("/") === true ? env["HOME"] : homedir()).read(name);
  if (stored === undefined)
    throw new CordonError("usage", `there is no secret "${printable(name, 80)}"`, {
      place: option,
      hint: `cordon secret add ${printable(name, 80)}`,
    });
  const { value: _, from: __, hosts, ...rest } = stored;
  return [
    { option, path: ["secrets", name], value: { from: `store:${name}`, hosts, ...rest } },
    ...hosts.map((host) => ({ option, path: ["network", "allow"], value: `${host}:443`, append: true })),
  ];
}

function isShaping(name: string): name is PolicyOption {
  return SHAPING.has(name);
}

async function overrideOf(name: PolicyOption, value: string): Promise<Override> {
  const option = `--${name}`;
  switch (name) {
    case "backend":
      return { option, path: ["backend"], value };
    case "workspace":
      return { option, path: ["workspace", "path"], value };
    case "mode":
      return { option, path: ["workspace", "mode"], value };
    case "read":
    case "write":
    case "deny":
      return { option, path: ["filesystem", name], value, append: true };
    case "allow":
      return { option, path: ["network", "allow"], value, append: true };
    case "env":
      return environmentOverride(option, value);
    case "secret":
      throw new CordonError("internal", "a secret is more than one setting");
    case "set": {
      const read = await readAssignment(value);
      if (read.ok) return read.value;
      throw new CordonError("usage", `--set must be ${read.problem}`);
    }
    default:
      return unreachable(name);
  }
}

/** `NAME` hands the user's own variable on, `NAME=VALUE` sets one. */
function environmentOverride(option: string, value: string): Override {
  const equals = value.indexOf("=");
  if (equals === -1) return { option, path: ["process", "env", "pass"], value, append: true };
  const name = value.slice(0, equals);
  if (name === "") throw new CordonError("usage", "the variable has no name", { place: option, hint: "NAME=VALUE" });
  return { option, path: ["process", "env", "set", name], value: value.slice(equals + 1) };
}
