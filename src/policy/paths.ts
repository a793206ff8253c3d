// Paths as a policy writes them, made absolute by their text alone. Never looks at the file system: links are for planning.
import { posix } from "node:path";
import { bad, good, type Read } from "./atoms.js";
import { hasWildcard } from "./pattern.js";

export interface PathBase {
  /** The folder that relative paths start from: the policy file's, or the current one for options. */
  readonly folder: string;
  readonly home: string;
}

const MAX_PATH = 4096;

function expandHome(text: string, home: string): Read<string> {
  if (text === "~" || text.startsWith("~/")) return good(home + text.slice(1));
  if (text.startsWith("~"))
    return bad("a path without another user's home (write it in full, or ./~name for a file so named)");
  return good(text);
}

/** Lexical absolute form: no `.`/`..`/empty components, no slash at the end. */
function normalise(path: string): string {
  const normal = posix.normalize(path);
  return normal.length > 1 && normal.endsWith("/") ? normal.slice(0, -1) : normal;
}

function refuseText(text: string): string | undefined {
  if (text === "") return "a path";
  if (text.length > MAX_PATH) return `a path of at most ${MAX_PATH} characters`;
  if (/[\u0000-\u001f\u007f]/.test(text)) return "a path without control characters";
  return undefined;
}

/** One exact path: absolute, `~`, or relative to the base folder. A star in it is part of the name. */
export function absolutePath(text: string, base: PathBase): Read<string> {
  const refused = refuseText(text);
  if (refused !== undefined) return bad(refused);
  const expanded = expandHome(text, base.home);
  if (!expanded.ok) return expanded;
  return good(normalise(expanded.value.startsWith("/") ? expanded.value : `${base.folder}/${expanded.value}`));
}

/**
 * A path or glob. One that begins with a double star floats: it holds below every granted tree and stays as it is.
 * SECURITY: a `..` behind a wildcard is refused, since removing it by text would change what the pattern names.
 */
export function absolutePattern(text: string, base: PathBase): Read<string> {
  const refused = refuseText(text);
  if (refused !== undefined) return bad(refused);
  const components = text.split("/");
  const wild = components.findIndex(hasWildcard);
  if (wild === -1 && !needsBase(text)) return absolutePath(text, base);
  if (wild !== -1 && components.slice(wild).includes("..")) return bad("a pattern without .. behind a wildcard");
  if (components[0] === "**") {
    const floating = normalise(text);
    return floating === "**" ? bad('a pattern that names something behind "**/"') : good(floating);
  }
  const from = text.startsWith("~") ? base.home : base.folder;
  if (needsBase(text) && hasWildcard(from)) {
    return bad(`an absolute path here: the folder ${from} has * or ? in its name, which would be read as a pattern`);
  }
  return absolutePath(text, base);
}

function needsBase(text: string): boolean {
  return !text.startsWith("/");
}
