// Keys and tokens that deliveries need, from where the policy says. Read when they are needed, kept in memory only, never shown.
// SECURITY: a file is a regular one of the user's (or root's), opened without following a link at its end: what an agent might have put
// in its place isn't sent to anybody.
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { CordonError, errnoOf } from "../../core/error.js";
import { printable } from "../../core/text.js";

export type Env = Readonly<Record<string, string | undefined>>;

const MAX_BYTES = 64 * 1024;

/** What `env:NAME` or `file:PATH` holds, without a line's end at its end. */
export function readKey(source: string, env: Env): Buffer {
  const text = source.startsWith("env:") ? env[source.slice("env:".length)] : readOwnFile(source.slice("file:".length));
  if (text === undefined || text.trim() === "") throw unreadable(source, "holds nothing");
  return Buffer.from(text.replace(/\r?\n$/, ""));
}

/** `Name: value` on each line. */
export function readHeaders(source: string, env: Env): Readonly<Record<string, string>> {
  const lines = readKey(source, env)
    .toString("utf8")
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "");
  return Object.fromEntries(
    lines.map((line) => {
      const [, name, value] = /^([!#$%&'*+.^_`|~\w-]{1,100}):[ \t]*([\x20-\x7e]{1,16384})$/.exec(line.trim()) ?? [];
      if (name === undefined || value === undefined)
        throw unreadable(source, 'must hold lines such as "Authorization: Bearer …"');
      if (RESERVED.has(name.toLowerCase()))
        throw unreadable(source, `can't say ${name.toLowerCase()}, which Cordon sets itself`);
      return [name.toLowerCase(), value] as const;
    }),
  );
}

const RESERVED = new Set([
  "content-type",
  "content-length",
  "host",
  "transfer-encoding",
  "connection",
  "cordon-batch",
  "cordon-signature",
]);

/** A certificate authority's file (PEM). */
export function readAuthority(file: string): string {
  const text = readOwnFile(file);
  if (!text.includes("-----BEGIN CERTIFICATE-----")) throw unreadable(file, "isn't a certificate in PEM form");
  return text;
}

function readOwnFile(file: string): string {
  let fd: number;
  try {
    fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    throw unreadable(file, `can't be read (${errnoOf(error) ?? "error"})`);
  }
  try {
    const { uid, size } = fstatSync(fd);
    if (!fstatSync(fd).isFile()) throw unreadable(file, "isn't a regular file");
    if (uid !== 0 && uid !== process.getuid?.()) throw unreadable(file, "belongs to another user");
    if (size > MAX_BYTES) throw unreadable(file, "is larger than 64 KiB");
    return readFileSync(fd, "utf8");
  } finally {
    closeSync(fd);
  }
}

function unreadable(source: string, problem: string): CordonError {
  return new CordonError("policy-invalid", `${printable(source, 300)} ${problem}`, { place: "audit.ship" });
}
