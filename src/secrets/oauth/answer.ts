// What an endpoint of tokens answered (RFC 6749, 5.1): every member of it that is named for a key, at any depth. Pure. An answer that can't
// be read is none, since nobody could say what is in it.
import { isCredentialMember } from "../names.js";
import { isDocument, type Role, type Tokens } from "./document.js";

export interface Granted {
  readonly tokens: Tokens;
  /** Keys by other names, which belong to the same hosts as an access token. */
  readonly others: readonly string[];
  readonly lifeSeconds?: number;
}

const MAX_DEPTH = 8;
const ROLE_OF: Readonly<Record<string, Role>> = { accesstoken: "access", refreshtoken: "refresh", idtoken: "id" };

export function readAnswer(body: Buffer): Granted | undefined {
  const text = body.toString("utf8").trim();
  if (text === "") return { tokens: {}, others: [] };
  const data = text.startsWith("{") ? parsed(text) : formOf(text);
  return data === undefined ? undefined : grantedOf(data);
}

function grantedOf(data: Readonly<Record<string, unknown>>): Granted {
  const found: Found[] = [];
  collect(data, 0, found);
  const tokens: Partial<Record<Role, string>> = {};
  const others: string[] = [];
  // The outermost one of a name is the login's own.
  for (const { name, value } of found.toSorted((a, b) => a.depth - b.depth)) {
    const role = ROLE_OF[name];
    if (role !== undefined && tokens[role] === undefined) tokens[role] = value;
    else if (!Object.values(tokens).includes(value) && !others.includes(value)) others.push(value);
  }
  const life = Number(data["expires_in"]);
  return { tokens, others, ...(Number.isFinite(life) && life > 0 ? { lifeSeconds: life } : {}) };
}

interface Found {
  readonly name: string;
  readonly value: string;
  readonly depth: number;
}

function collect(value: unknown, depth: number, found: Found[]): void {
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return;
  for (const [key, inner] of Object.entries(value)) {
    const name = key.toLowerCase().replace(/[-_.]/g, "");
    const isKey = isCredentialMember(key) || name === "rawkey";
    if (isKey && typeof inner === "string" && inner !== "") found.push({ name, value: inner, depth });
    else collect(inner, depth + 1, found);
  }
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isDocument(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** `access_token=…&scope=…`, as some answer unless they are asked for JSON. */
function formOf(text: string): Readonly<Record<string, unknown>> | undefined {
  return /^[\w.-]+=[^\s<>{}]*$/.test(text) ? Object.fromEntries(new URLSearchParams(text)) : undefined;
}
