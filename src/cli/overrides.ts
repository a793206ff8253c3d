// Options of the command line as layers of the policy, in the order in which they were given. Their place is the option's name.
import { CordonError, unreachable } from "../core/error.js";
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

export async function overridesOf(order: readonly Given[]): Promise<readonly Override[]> {
  const overrides: Override[] = [];
  for (const { name, value } of order) {
    if (isShaping(name) && typeof value === "string") overrides.push(await overrideOf(name, value));
  }
  return overrides;
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
      throw new CordonError("not-implemented", "secrets come in a later release", { place: option });
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
