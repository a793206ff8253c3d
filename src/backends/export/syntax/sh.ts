// Words of a POSIX shell. Everything but plain letters stands in single quotes, in which the shell reads nothing.
import { refuse } from "./refuse.js";

export function shWord(value: string): string {
  if (value.includes("\0")) return refuse(value, "a word of a shell", "it holds a zero byte");
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(value)) return value;
  return `'${value.replaceAll("'", "'\\''")}'`;
}

/** One command over several lines: each group of words on a line of its own. Words are quoted, `raw` text isn't. */
export function shCommand(groups: readonly (readonly (string | { readonly raw: string })[])[]): readonly string[] {
  const lines = groups
    .filter((group) => group.length > 0)
    .map((group) => group.map((word) => (typeof word === "string" ? shWord(word) : word.raw)).join(" "));
  return lines.map((line, at) => `${at === 0 ? "" : "  "}${line}${at === lines.length - 1 ? "" : " \\"}`);
}

/** `"$NAME"`, or `"${NAME-}"`, which is empty when it isn't set. */
export function shVariable(name: string): { readonly raw: string } {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return refuse(name, "a variable of a shell", "it isn't a name");
  return { raw: `"$\{${name}-}"` };
}
