// The file in which a program keeps its login, as data: where its tokens stand, the same with placeholders in their places, and with newer
// tokens. Pure. What a policy doesn't name of the user's file never gets into the one inside: such files hold other keys, too.
import type { PlannedLogin } from "../../plan/secret.js";

export const ROLES = ["access", "refresh", "id"] as const;
export type Role = (typeof ROLES)[number];
export type Tokens = Readonly<Partial<Record<Role, string>>>;
export type Document = Readonly<Record<string, unknown>>;

/** Undefined: it isn't an object of JSON. */
export function readDocument(text: string): Document | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isDocument(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** As it was written, in one line or in many. */
export function writeDocument(document: Document, like = ""): string {
  const indented = /^\{\r?\n/.test(like) || like === "";
  return `${JSON.stringify(document, null, indented ? 2 : undefined)}${indented ? "\n" : ""}`;
}

export function memberOf(document: Document, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>(
      (value, key) => (isDocument(value) && Object.hasOwn(value, key) ? value[key] : undefined),
      document,
    );
}

export function withMember(document: Document, path: string, value: unknown): Document {
  const [key = "", ...rest] = path.split(".");
  if (rest.length === 0) return { ...document, [key]: value };
  const inner = Object.hasOwn(document, key) ? document[key] : undefined;
  return { ...document, [key]: withMember(isDocument(inner) ? inner : {}, rest.join("."), value) };
}

export function tokensIn(document: Document, login: PlannedLogin): Tokens {
  const found = ROLES.flatMap((role) => {
    const path = login[role];
    const value = path === undefined ? undefined : memberOf(document, path);
    return typeof value === "string" && value !== "" ? [[role, value] as const] : [];
  });
  return Object.fromEntries(found);
}

/** `inside` with placeholders, and with what the policy lets be seen of `outside`. */
export function shownDocument(
  login: PlannedLogin,
  parts: { readonly inside: Document; readonly outside: Document; readonly placeholders: Tokens },
): Document {
  const { inside, outside, placeholders } = parts;
  const kept = [...login.keep, ...[login.expires ?? [], login.refreshed ?? []].flat()];
  const seen = kept.reduce((document, path) => {
    const value = memberOf(outside, path);
    return value === undefined ? document : withMember(document, path, value);
  }, inside);
  return withTokens(seen, login, placeholders);
}

/** After the tokens were renewed: what the program itself would have written. */
export function renewedDocument(
  document: Document,
  login: PlannedLogin,
  renewed: { readonly tokens: Tokens; readonly nowMs: number; readonly lifeSeconds?: number },
): Document {
  const { tokens, nowMs, lifeSeconds } = renewed;
  let next = withTokens(document, login, tokens);
  if (login.expires !== undefined && lifeSeconds !== undefined)
    next = withMember(next, login.expires, timeLike(memberOf(document, login.expires), nowMs + lifeSeconds * 1000));
  if (login.refreshed !== undefined)
    next = withMember(next, login.refreshed, timeLike(memberOf(document, login.refreshed), nowMs));
  return next;
}

function withTokens(document: Document, login: PlannedLogin, tokens: Tokens): Document {
  return ROLES.reduce((next, role) => {
    const [path, token] = [login[role], tokens[role]];
    return path === undefined || token === undefined ? next : withMember(next, path, token);
  }, document);
}

const LEAST_MS = 100_000_000_000;

/** A moment in the notation that stood there. */
function timeLike(before: unknown, atMs: number): number | string {
  if (typeof before === "string") return new Date(atMs).toISOString();
  return typeof before === "number" && before < LEAST_MS ? Math.floor(atMs / 1000) : atMs;
}

export function isDocument(value: unknown): value is Document {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
