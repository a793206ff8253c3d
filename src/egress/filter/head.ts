// What of a request's head may not leave. A key in the header that is made for keys goes to the host that it is for: known formats
// don't count there. The policy's secrets and canaries count everywhere.
import type { AnchorTable } from "./anchors.js";
import type { Finding, RequestHead } from "./filter.js";
import type { Target } from "./judge.js";
import { Layer, type Search } from "./layer.js";
import type { Patterns } from "./patterns.js";

/** Headers whose work is to carry a credential. */
const CREDENTIAL_HEADERS = new Set([
  "authorization",
  "proxy-authorization",
  "cookie",
  "x-api-key",
  "api-key",
  "apikey",
  "x-goog-api-key",
  "x-goog-iam-authorization-token",
  "x-amz-security-token",
  "x-auth-token",
  "x-auth-key",
  "x-access-token",
  "x-csrf-token",
  "private-token",
  "job-token",
  "x-vault-token",
  "x-figma-token",
  "x-shopify-access-token",
  "x-session-token",
  "x-github-token",
  "x-npm-token",
  "npm-otp",
  "dd-api-key",
  "x-registry-auth",
]);

interface Shared {
  readonly table: AnchorTable<Target>;
  readonly patterns: Patterns | undefined;
  readonly exempt?: ReadonlySet<string>;
}

export function headFinding(
  { table, patterns, exempt }: Shared,
  { method, path, headers }: RequestHead,
): Finding | undefined {
  const credentials = headers.filter(([name]) => CREDENTIAL_HEADERS.has(name.toLowerCase()));
  const others = headers.filter(([name]) => !CREDENTIAL_HEADERS.has(name.toLowerCase()));
  const search: Search = { table, patterns: undefined, unpack: false, ...(exempt === undefined ? {} : { exempt }) };
  const url = textFinding({ ...search, only: "url" }, `${method} ${path}`);
  if (url !== undefined) return { what: url, where: "url" };
  const header =
    textFinding(search, linesOf(others)) ?? textFinding({ ...search, only: "exact" }, linesOf(credentials));
  if (header !== undefined) return { what: header, where: "header" };
  return patterns === undefined ? undefined : patternFinding(patterns, path, headers);
}

function linesOf(headers: RequestHead["headers"]): string {
  return headers.map(([name, value]) => `${name}: ${value}`).join("\n");
}

function textFinding(search: Search, text: string): string | undefined {
  if (text === "") return undefined;
  return new Layer(search, { escapes: 2, packs: 0 }).push(Buffer.from(text, "latin1"), 0, true).found[0];
}

/** Each value is a text of its own, so `^` and `$` mean its beginning and end. */
function patternFinding(patterns: Patterns, path: string, headers: RequestHead["headers"]): Finding | undefined {
  const [url] = patterns.find(questionsOf([path, unescaped(path)]));
  if (url !== undefined) return { what: url, where: "url" };
  const [header] = patterns.find(questionsOf(headers.flatMap(([, value]) => [value, unescaped(value)])));
  return header === undefined ? undefined : { what: header, where: "header" };
}

function questionsOf(texts: readonly string[]) {
  return [...new Set(texts)].map((text) => ({ text, openStart: false, openEnd: false }));
}

function unescaped(text: string): string {
  return Buffer.from(
    text.replace(/%([0-9A-Fa-f]{2})/g, (_whole, digits: string) => String.fromCharCode(Number.parseInt(digits, 16))),
    "latin1",
  ).toString("utf8");
}
