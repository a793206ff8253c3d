// Placeholders: what stands inside in the place of a key. One has the key's length, prefix and alphabet, so that programs which look at a
// key before they use it take it for one, and it is new for each run. Nothing of the key but its public beginning and its punctuation is
// in it. The equal length lets it be swapped in the middle of messages whose length is already told.
import { randomBytes, randomInt } from "node:crypto";

/** Public beginnings of keys; a longer one stands before a shorter one that it begins with. */
const PREFIXES = [
  ..."sk-ant-api03- sk-ant-oat01- sk-ant-ort01- sk-ant-admin01- sk-ant-sid01- sk-ant- sk-proj- sk-svcacct- sk-admin-".split(
    " ",
  ),
  ..."sk-or-v1- sk-lf- pk-lf- sk_live_ sk_test_ rk_live_ rk_test_ whsec_ sk-".split(" "),
  ..."github_pat_ ghp_ gho_ ghu_ ghs_ ghr_ glpat- gldt- glptt- glrt- dckr_pat_ npm_ pypi- hf_".split(" "),
  ..."xoxb- xoxp- xoxa- xapp- AIza ya29. 1// GOCSPX- AKIA ASIA".split(" "),
  ..."gsk_ xai- r8_ tvly-dev- tvly- pplx- dop_v1_ shpat_ SG. lin_api_ ntn_ secret_".split(" "),
];
/** A beginning of words in small letters, for kinds that aren't in the list. */
const WORDS = /^(?:[a-z][a-z0-9]{0,7}[-_.]){1,3}/;
const MAX_WORDS = 16;
const MIN_RANDOM = 16;
/** Below this, a placeholder could be guessed, or stand in a text by chance. */
const MIN_BITS = 40;
const LONGER_SECONDS = 10 * 365 * 24 * 3600;

/** The alphabets that a whole key can be of, the smallest first. */
const ALPHABETS: readonly (readonly [test: RegExp, letters: string])[] = [
  [/^\d+$/, "0123456789"],
  [/^[\da-f]+$/, "0123456789abcdef"],
  [/^[\dA-F]+$/, "0123456789ABCDEF"],
  [/^[A-Z2-7]+$/, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"],
  [/^[\da-z]+$/, "0123456789abcdefghijklmnopqrstuvwxyz"],
  [/^[\dA-Z]+$/, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"],
  [/^[A-Za-z]+$/, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"],
];
const LETTERS_AND_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** When a JSON web token seems to end: years after the real one, or with it, so that a program renews its login in time. */
export type TokenEnd = "later" | "same";

/** Undefined: the key is too short for a placeholder that is its own. */
export function makePlaceholder(key: string, end: TokenEnd = "later"): string | undefined {
  const made = makeToken(key, end) ?? makeKey(key);
  return made === undefined || made === key ? undefined : made;
}

function makeKey(key: string): string | undefined {
  const prefix = prefixOf(key);
  const rest = key.slice(prefix.length);
  const varied = rest.replace(/[^A-Za-z0-9]/g, "");
  const letters = ALPHABETS.find(([test]) => test.test(varied))?.[1] ?? LETTERS_AND_DIGITS;
  if (varied.length * Math.log2(letters.length) < MIN_BITS) return undefined;
  return prefix + rest.replace(/[A-Za-z0-9]/g, () => letters[randomInt(letters.length)] ?? "0");
}

function prefixOf(key: string): string {
  const known = PREFIXES.find((prefix) => key.startsWith(prefix) && key.length - prefix.length >= MIN_RANDOM);
  if (known !== undefined) return known;
  const [words = ""] = WORDS.exec(key) ?? [];
  return words.length <= MAX_WORDS && key.length - words.length >= MIN_RANDOM ? words : "";
}

/**
 * A JSON web token stays one that can be read: its claims are those of the real one, since programs look at them, but for its end, which
 * is years away, and its number. Its signature, which makes it a key, is another.
 */
function makeToken(key: string, end: TokenEnd): string | undefined {
  if (!isWebToken(key)) return undefined;
  const [header = "", claims = "", signature = ""] = key.split(".");
  const text = decoded(claims)
    .replace(
      /("exp"\s*:\s*)(\d{10})(?!\d)/,
      (_all, before: string, at: string) => before + (Number(at) + (end === "later" ? LONGER_SECONDS : 0)),
    )
    .replace(/("(?:jti|sid|nonce)"\s*:\s*")([^"\\]*)(")/g, (_all, before: string, id: string, after: string) =>
      [before, id.replace(/[A-Za-z0-9]/g, (each) => another(each)), after].join(""),
    );
  return [header, encoded(text), newSignature(signature)].join(".");
}

export function isWebToken(key: string): boolean {
  const [header, claims, signature, ...more] = key.split(".");
  if (header === undefined || claims === undefined || signature === undefined || more.length > 0) return false;
  return isObject(decoded(header), "alg") && isObject(decoded(claims)) && signature.length >= MIN_RANDOM;
}

/** Whether what stood for one value can stand for a later one: as long, and with the same punctuation, so that it is as long escaped. */
export function standsFor(placeholder: string, value: string): boolean {
  const bones = (text: string) => text.replace(/[A-Za-z0-9]/g, "x");
  return bones(placeholder) === bones(value) && placeholder !== value && !isWebToken(value);
}

function newSignature(signature: string): string {
  if (!/^[A-Za-z0-9_-]+$/.test(signature)) return signature.replace(/[A-Za-z0-9]/g, (each) => another(each));
  const made = randomBytes(Math.floor((signature.length * 3) / 4)).toString("base64url");
  return made.length === signature.length ? made : signature.replace(/[A-Za-z0-9]/g, (each) => another(each));
}

function another(letter: string): string {
  const letters = /\d/.test(letter) ? "0123456789" : /[a-f]/.test(letter) ? "abcdef" : LETTERS_AND_DIGITS.slice(0, 52);
  return letters[randomInt(letters.length)] ?? "0";
}

function decoded(part: string): string {
  return /^[A-Za-z0-9_-]+$/.test(part) ? Buffer.from(part, "base64url").toString("latin1") : "";
}

function encoded(text: string): string {
  return Buffer.from(text, "latin1").toString("base64url");
}

function isObject(text: string, member?: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && (member === undefined || member in value);
  } catch {
    return false;
  }
}
