// Command lines for people's eyes. What is made here is shown, never run: argv stays an array to the last moment.
import { printable } from "./text.js";

/** One word as a POSIX shell would need it, with control characters made visible. */
export function quoteWord(word: string): string {
  const safe = printable(word, 4096);
  if (safe !== "" && /^[A-Za-z0-9_@%+=:,./-]+$/.test(safe)) return safe;
  return `'${safe.replaceAll("'", `'\\''`)}'`;
}

/** A whole command line on one line. */
export function formatArgv(argv: readonly string[]): string {
  return argv.map(quoteWord).join(" ");
}
