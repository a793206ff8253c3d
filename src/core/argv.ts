// Command lines for people's eyes: what is made here is shown, never run, for argv stays an array to the last moment. And paths as systemd-run
// reads them.
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

/** For a path in a value of systemd-run's, which it divides at colons and blanks and takes quotes from: a backslash makes the next character an ordinary one. */
export function systemdPath(path: string): string {
  return path.replace(/[\\"':\s]/g, "\\$&");
}
