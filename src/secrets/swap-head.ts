// Puts the values of secrets in the place of their placeholders in the head of a request: header fields (also inside of Basic
// authentication), cookies, parameters of the query, and the path where the policy says so. Pure.
import { isCredentialHeader, isCredentialParameter } from "./names.js";
import type { Pair, Swappable } from "./types.js";

export interface SwappedHead {
  readonly path: string;
  readonly headers: readonly Pair[];
  /** Names of the secrets that were put in. */
  readonly used: readonly string[];
}

export function swapHead(path: string, headers: readonly Pair[], secrets: readonly Swappable[]): SwappedHead {
  const used = new Set<string>();
  const note = (before: string, after: string, { name }: Swappable) => {
    if (before !== after) used.add(name);
    return after;
  };
  let [newPath, newHeaders] = [path, headers];
  for (const secret of secrets) {
    newPath = note(newPath, swapPath(newPath, secret), secret);
    if (!secret.places.includes("header")) continue;
    newHeaders = newHeaders.map(([name, value]) => [name, note(value, swapField(name, value, secret), secret)]);
  }
  return { path: newPath, headers: newHeaders, used: [...used] };
}

/** The names of the secrets whose placeholder stands where it would be swapped. */
export function askedFor(path: string, headers: readonly Pair[], secrets: readonly Swappable[]): readonly string[] {
  return swapHead(path, headers, secrets).used;
}

function swapField(name: string, value: string, secret: Swappable): string {
  if (!isCredentialHeader(name)) return value;
  const basic = /^(basic\s+)([A-Za-z0-9+/_=-]+)\s*$/i.exec(value);
  const [, scheme = "", encoded = ""] = basic ?? [];
  if (basic === null) return swapWords(value, secret);
  const decoded = Buffer.from(encoded, "base64").toString("latin1");
  const colon = decoded.indexOf(":");
  const parts = colon < 0 ? [decoded] : [decoded.slice(0, colon), decoded.slice(colon + 1)];
  if (!parts.includes(secret.placeholder)) return value;
  const swapped = parts.map((part) => (part === secret.placeholder ? secret.value : part)).join(":");
  return scheme + Buffer.from(swapped, "latin1").toString("base64");
}

const BOUND = /[\s=",;:'()&]/;

/** Where the placeholder stands as a word of its own: `Bearer X`, `token="X"`, `sid=X; theme=dark`. */
function swapWords(text: string, { placeholder, value }: Swappable): string {
  const parts: string[] = [];
  let from = 0;
  for (let at = text.indexOf(placeholder); at >= 0; at = text.indexOf(placeholder, at + placeholder.length)) {
    const end = at + placeholder.length;
    const alone = isBound(text[at - 1]) && isBound(text[end]);
    parts.push(text.slice(from, at), alone ? value : placeholder);
    from = end;
  }
  return parts.join("") + text.slice(from);
}

function isBound(character: string | undefined): boolean {
  return character === undefined || BOUND.test(character);
}

function swapPath(path: string, secret: Swappable): string {
  const question = path.indexOf("?");
  const [before, query] = question < 0 ? [path, undefined] : [path.slice(0, question), path.slice(question + 1)];
  const { places, placeholder, value } = secret;
  const named = places.includes("path")
    ? before.replaceAll(encodeURIComponent(placeholder), encodeURIComponent(value))
    : before;
  if (query === undefined) return named;
  return `${named}?${
    places.includes("query")
      ? query
          .split("&")
          .map((pair) => swapPair(pair, secret))
          .join("&")
      : query
  }`;
}

function swapPair(pair: string, { placeholder, value }: Swappable): string {
  const equals = pair.indexOf("=");
  if (equals < 0 || !isCredentialParameter(decodedText(pair.slice(0, equals)))) return pair;
  return decodedText(pair.slice(equals + 1)) === placeholder
    ? `${pair.slice(0, equals + 1)}${encodeURIComponent(value)}`
    : pair;
}

/** As forms and queries write text; what can't be read is left as it is. */
export function decodedText(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}
