// The script of an attempt: the coordinates of the staged world as variables, the attack between its first and its last word. Pure.
import { firstWord, lastWord, usesProber } from "../verdicts.js";

export type Variables = Readonly<Record<string, string | number>>;

export interface ScriptParts {
  readonly variables: Variables;
  readonly inside: string;
  readonly nonce: string;
}

export function scriptText({ variables, inside, nonce }: ScriptParts): string {
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${quoted(String(value))}`);
  return [
    "#!/bin/sh",
    ...lines,
    `echo '${firstWord(nonce)}'`,
    // Without it the attack could only fail, and would look held.
    ...(usesProber(inside) ? ['"$PROBER" here'] : []),
    "(",
    inside.trim(),
    ") 2>&1",
    `echo '${lastWord(nonce)}'`,
    "",
  ].join("\n");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
