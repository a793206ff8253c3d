// Paths of URLs in one canonical form, for rules that judge them. What a proxy, a framework and an origin could read differently is
// refused, never repaired (SECURITY(T32)). Only the path is matched; the query is looked at for bytes that never belong there. Pure.
import { componentsMatch } from "../../policy/pattern.js";

/** `why` follows "it has". `harmless`: only matters where a path is matched; as a path of a host that is allowed whole it is ordinary. */
export interface Refusal {
  readonly ok: false;
  readonly why: string;
  readonly harmless: boolean;
}

export type CanonicalPath = { readonly ok: true; readonly path: string } | Refusal;

/** Longer paths aren't judged; a query may be as long as the gate lets a head be. */
const MAX_PATH_LENGTH = 8192;

/**
 * The path of a request line or `:path` (query allowed, not part of the result): percent escapes of letters, digits, `-`, `_` and `~`
 * decoded, all others with capital digits. Refused: dot segments and dots or slashes or backslashes in escapes, `//`, `;`, escapes of
 * escapes (`%2541`: what an origin that decodes twice would read as a letter), bytes that aren't UTF-8 or turn into one of these in
 * compatibility form, and everything that isn't visible ASCII.
 */
export function canonicalPath(raw: string): CanonicalPath {
  if (!raw.startsWith("/")) return refusal("no slash at its beginning");
  if (!/^[\x21-\x7e]*$/.test(raw)) return refusal("a character that isn't visible ASCII");
  if (raw.includes("#")) return refusal("a fragment");
  const query = raw.indexOf("?");
  const path = query < 0 ? raw : raw.slice(0, query);
  if (path.length > MAX_PATH_LENGTH) return refusal(`more than ${MAX_PATH_LENGTH} characters`);
  if (path.includes("\\")) return refusal("a backslash");
  if (/%(?![0-9A-Fa-f]{2})/.test(path)) return refusal("a percent sign without two hexadecimal digits");
  const canonical = path.replace(/%[0-9A-Fa-f]{2}/g, plainEscape);
  return wrongEscape(canonical) ?? wrongSegment(canonical) ?? spelling(canonical) ?? { ok: true, path: canonical };
}

function refusal(why: string, harmless = false): Refusal {
  return { ok: false, why, harmless };
}

function plainEscape(written: string): string {
  const character = String.fromCharCode(Number.parseInt(written.slice(1), 16));
  return /[A-Za-z0-9_~-]/.test(character) ? character : written.toUpperCase();
}

function wrongEscape(path: string): Refusal | undefined {
  if (!path.includes("%")) return undefined;
  if (/%(?:[01][0-9A-F]|7F)/.test(path)) return refusal("an escaped control character");
  if (path.includes("%2E")) return refusal("an escaped dot");
  if (path.includes("%5C")) return refusal("an escaped backslash");
  const text = decoded(path);
  if (text === undefined) return refusal("escapes that aren't UTF-8");
  // Full-width slashes, one-dot leaders and the like, which some origins fold into the plain ones.
  const beyond = text.replace(/[\x00-\x7f]/g, "");
  if (/[\x00-\x1f\x7f./\\%;?#]/.test(beyond.normalize("NFKC")))
    return refusal("a character that may be taken for another");
  return undefined;
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

function wrongSegment(path: string): Refusal | undefined {
  for (const segment of path.split(/\/|%2F/)) {
    const [name = ""] = segment.split(/;|%3B/);
    if (segment === "." && !path.includes("%2F")) continue;
    // Some origins drop blanks and dots at the end of a name.
    if (name.includes(".") && name.replaceAll("%20", "").replaceAll(".", "") === "") return refusal("a dot segment");
  }
  return undefined;
}

/**
 * Spellings of one path that ordinary programs do send: an npm scope has `%2f`, a base URL with a slash at its end gives `//`, apt asks
 * a flat repository for `/./Packages`.
 */
function spelling(path: string): Refusal | undefined {
  if (path.split("/").includes(".")) return refusal("a dot segment", true);
  if (path.includes("%2F")) return refusal("an escaped slash", true);
  if (path.includes("//")) return refusal("an empty segment", true);
  if (/%25[0-9A-Fa-f]{2}/.test(path))
    return refusal("an escape of an escape", !/%25(?:25|2[EeFf]|5[Cc]|0|1)/.test(path));
  if (/;|%3B/.test(path)) return refusal("a semicolon", true);
  return undefined;
}

/**
 * Whether a rule's glob covers a canonical path: `*` within one segment (also an empty one, as after a last slash), `**` for any number
 * of segments. Case matters, and so does a slash at the end.
 */
export function matchesPath(glob: string, path: string): boolean {
  return componentsMatch(segmentsOf(glob), segmentsOf(path));
}

function segmentsOf(path: string): readonly string[] {
  return path.slice(1).split("/");
}
