// Values of systemd's unit files (systemd.syntax(7), systemd.unit(5)), and of the Quadlet files that are made into such. `%` begins a
// specifier everywhere, `$` a variable in command lines.
import { refuse, withoutControls } from "./refuse.js";

/** A word of ExecStart: in double quotes, with C escapes; nothing in it is expanded. */
export function execWord(value: string): string {
  return quoted(value, "a word of a unit's command line").replaceAll("$", "$$$$");
}

/** An assignment for Environment=, where `$` means nothing. */
export function environmentWord(name: string, value: string): string {
  return quoted(`${name}=${value}`, "a variable of a unit");
}

/** A path of BindPaths= and the like. These have no escape for the characters that are refused. */
export function unitPath(path: string): string {
  if (/["\\:]/.test(path)) return refuse(path, "a path of a unit", "it holds a quote, a backslash or a colon");
  const plain = withoutControls(path, "a path of a unit").replaceAll("%", "%%");
  return /[\s';#]/.test(plain) ? `"${plain}"` : plain;
}

/** The same for systemd-run, which expands nothing in it. */
export function propertyPath(path: string): string {
  return unitPath(path).replaceAll("%%", "%");
}

/** Text up to the end of its line, such as a description. */
export function unitText(value: string): string {
  return withoutControls(value, "a line of a unit").replaceAll("%", "%%");
}

function quoted(value: string, what: string): string {
  if (value.includes("\0")) return refuse(value, what, "it holds a zero byte");
  const escaped = value
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"')
    .replaceAll("%", "%%")
    .replace(/[\u0001-\u001f\u007f]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`);
  return `"${escaped}"`;
}
