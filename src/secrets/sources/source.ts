// Where the values of secrets come from. A source gives bytes or says in words that follow "the secret NAME can't be had: " why not; no
// word of a value is ever in them.
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { homedir } from "node:os";
import { posix } from "node:path";
import { errnoOf, unreachable } from "../../core/error.js";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The bytes are the receiver's: it overwrites them. */
export type Fetched = { readonly ok: true; readonly bytes: Buffer } | { readonly ok: false; readonly problem: string };

export type SourceKind = "env" | "file" | "command" | "store" | "keyring" | "credential";

const KINDS: readonly SourceKind[] = ["env", "file", "command", "store", "keyring", "credential"];
const MAX_FILE_BYTES = 65_536;

/** `env:NAME` as its parts; undefined for a kind that isn't there yet. */
export function readSource(from: string): { readonly kind: SourceKind; readonly rest: string } | undefined {
  const colon = from.indexOf(":");
  const kind = KINDS.find((each) => each === from.slice(0, colon));
  return kind === undefined ? undefined : { kind, rest: from.slice(colon + 1) };
}

/** Whether asking again may give another value. A variable is the same for the whole run. */
export function canRenew(from: string): boolean {
  const kind = readSource(from)?.kind;
  return kind !== undefined && kind !== "env";
}

export async function fetchValue(from: string, env: Environment): Promise<Fetched> {
  const source = readSource(from);
  if (source === undefined)
    return { ok: false, problem: `there is no source ${from.split(":", 1)[0]} in this version` };
  const { kind, rest } = source;
  switch (kind) {
    case "env":
      return fromVariable(rest, env);
    case "file":
      return fromFile(rest);
    case "command":
      return (await import("./command.js")).fromCommand(rest, env);
    case "store":
      return fromStore(rest, env);
    case "keyring":
      return (await import("./command.js")).fromKeyring(rest, env);
    case "credential":
      return fromCredential(rest, env);
    default:
      return unreachable(kind);
  }
}

function fromVariable(name: string, env: Environment): Fetched {
  const value = env[name];
  if (value === undefined || value === "") return { ok: false, problem: `$${name} isn't set` };
  return { ok: true, bytes: Buffer.from(value, "utf8") };
}

/** As systemd hands them to a service: LoadCredential=, SetCredentialEncrypted=. */
async function fromCredential(name: string, env: Environment): Promise<Fetched> {
  const folder = env["CREDENTIALS_DIRECTORY"];
  if (folder === undefined || !posix.isAbsolute(folder))
    return { ok: false, problem: "$CREDENTIALS_DIRECTORY isn't set: this isn't a unit with credentials" };
  if (!/^[A-Za-z0-9._-]+$/.test(name) || name.startsWith("."))
    return { ok: false, problem: "a credential's name is one of letters, digits, dots and hyphens" };
  return fromFile(posix.join(folder, name));
}

async function fromStore(name: string, env: Environment): Promise<Fetched> {
  const { SecretStore } = await import("../store.js");
  const stored = await new SecretStore(env, env["HOME"] ?? homedir()).read(name);
  if (stored === undefined)
    return { ok: false, problem: `nothing is stored under this name; cordon secret add ${name}` };
  if (stored.value !== undefined) return { ok: true, bytes: Buffer.from(stored.value, "utf8") };
  // One step: a stored definition that names another one would have no end.
  if (stored.from === undefined || stored.from.startsWith("store:"))
    return { ok: false, problem: "its stored definition names no source" };
  return fetchValue(stored.from, env);
}

async function fromFile(path: string): Promise<Fetched> {
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    if (!(await file.stat()).isFile()) return { ok: false, problem: `${path} isn't a regular file` };
    const buffer = Buffer.alloc(MAX_FILE_BYTES + 1);
    let length = 0;
    for (let more = -1; more !== 0 && length < buffer.length; length += more)
      more = (await file.read(buffer, length, buffer.length - length, null)).bytesRead;
    if (length <= MAX_FILE_BYTES) return { ok: true, bytes: buffer.subarray(0, length) };
    buffer.fill(0);
    return { ok: false, problem: `${path} is larger than ${MAX_FILE_BYTES} bytes` };
  } catch (error) {
    const errno = errnoOf(error);
    const why =
      errno === "ENOENT" ? "doesn't exist" : errno === "EACCES" ? "can't be read: permission denied" : "can't be read";
    return { ok: false, problem: `${path} ${why}` };
  }
}
