// The built-in profiles. Their text is compiled to data when Cordon is built (scripts/profiles.mjs), so that a run without a
// policy file loads no YAML parser; a unit test holds the data against the text and the schema.
import type { Data } from "../document.js";
import type { Place } from "../types.js";
import { COMPILED } from "./builtin.generated.js";

export interface BuiltinProfile {
  readonly name: string;
  /** The command names that it is taken for. */
  readonly commands: readonly string[];
  /** The first comment of its text. */
  readonly summary: string;
  readonly text: string;
  readonly digest: string;
  readonly value: Data;
  readonly places: ReadonlyMap<string, Place>;
}

/** Which commands a profile serves. */
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  "claude-code": ["claude"],
  codex: ["codex"],
  "gemini-cli": ["gemini"],
  opencode: ["opencode"],
  pi: ["pi"],
  aider: ["aider"],
};

export const BASE_PROFILE = "default";

export function builtinProfile(name: string): BuiltinProfile | undefined {
  const compiled = COMPILED.find((one) => one.name === name);
  if (compiled === undefined) return undefined;
  const file = `built-in:${name}`;
  return {
    name,
    commands: COMMANDS[name] ?? [],
    summary: compiled.summary,
    text: compiled.text,
    digest: compiled.digest,
    value: compiled.value,
    places: new Map(compiled.places.map(([path, line, column]) => [path, { file, line, column }])),
  };
}

export function builtinNames(): readonly string[] {
  return COMPILED.map((one) => one.name);
}

export function builtinProfiles(): readonly BuiltinProfile[] {
  return builtinNames().flatMap((name) => builtinProfile(name) ?? []);
}

/** The profile for a command's name (`claude`, `/usr/bin/claude`), or undefined. */
export function profileForCommand(command: string): string | undefined {
  const name = command.slice(command.lastIndexOf("/") + 1);
  return Object.keys(COMMANDS).find((profile) => COMMANDS[profile]?.includes(name));
}
