// The usual options, checked without loading the schema: the same readers, so the same answers, but no start-up cost. Anything
// that isn't in this table goes through the schema like a file. Pure.
import {
  bad,
  good,
  type Reader,
  readName,
  readPathText,
  readVariableName,
  readVariablePattern,
  readVariableValue,
} from "./atoms.js";
import { readHostRule } from "./hosts.js";
import { showValue } from "./issues.js";
import type { Override } from "./layer.js";
import type { Diagnostic } from "./types.js";

interface Known {
  readonly reader: Reader<unknown>;
  readonly list: boolean;
}

function oneOf(...words: readonly string[]): Reader<string> {
  return (text) => (words.includes(text) ? good(text) : bad(`${words.slice(0, -1).join(", ")} or ${words.at(-1)}`));
}

const KNOWN: ReadonlyMap<string, Known> = new Map<string, Known>([
  ["name", { reader: readName, list: false }],
  [
    "backend",
    {
      reader: oneOf("auto", "native", "bubblewrap", "firejail", "unshare", "podman", "systemd", "gvisor", "microvm"),
      list: false,
    },
  ],
  ["workspace.path", { reader: readPathText, list: false }],
  ["workspace.mode", { reader: oneOf("read", "write", "overlay"), list: false }],
  ["filesystem.read", { reader: readPathText, list: true }],
  ["filesystem.write", { reader: readPathText, list: true }],
  ["filesystem.deny", { reader: readPathText, list: true }],
  ["network.allow", { reader: readHostRule, list: true }],
  ["network.deny", { reader: readHostRule, list: true }],
  ["process.env.pass", { reader: readVariablePattern, list: true }],
]);

function knownAs(override: Override): Known | undefined {
  const [a, b, c, name, ...rest] = override.path;
  if (a === "process" && b === "env" && c === "set" && name !== undefined && rest.length === 0) {
    return readVariableName(name).ok ? { reader: readVariableValue, list: false } : undefined;
  }
  return KNOWN.get(override.path.join("."));
}

/** The problem, `undefined` when there is none, or `unknown` when only the schema can tell. */
export function checkOption(override: Override): Diagnostic | undefined | "unknown" {
  const known = knownAs(override);
  if (known === undefined || known.list !== (override.append === true) || typeof override.value !== "string")
    return "unknown";
  const read = known.reader(override.value);
  if (read.ok) return undefined;
  return {
    severity: "error",
    place: { file: override.option, line: 1, column: 1 },
    code: "bad-value",
    message: `${override.path.join(".")} must be ${read.problem}, not ${showValue(override.value)}`,
  };
}
