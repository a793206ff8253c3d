// What outlasts a run of a login: the tokens of one that was made inside, and which placeholders stand for tokens in a home that is kept. One
// file in Cordon's state for each home and login; for its owner's eyes only, as stored secrets are.
import { mkdirSync, unlinkSync } from "node:fs";
import { posix } from "node:path";
import { readPrivate, replacePrivate } from "../private-file.js";
import { isDocument, ROLES, type Role, readDocument } from "./document.js";

export interface KeptToken {
  /** Absent: it stands in the user's own file. */
  readonly value?: string;
  /** The newest first. */
  readonly placeholders: readonly string[];
}

export interface Kept {
  /** Made inside: the tokens are here. */
  readonly own: boolean;
  readonly roles: Readonly<Partial<Record<Role, KeptToken>>>;
  readonly others: readonly KeptToken[];
}

export const NO_LOGIN: Kept = { own: false, roles: {}, others: [] };

export function readKept(path: string): Kept | undefined {
  const document = readDocument(readPrivate(path) ?? "");
  if (document?.["version"] !== 1) return undefined;
  const { own, roles, others } = document;
  const read = ROLES.flatMap((role) => {
    const token = isDocument(roles) ? tokenOf(roles[role]) : undefined;
    return token === undefined ? [] : [[role, token] as const];
  });
  return {
    own: own === true,
    roles: Object.fromEntries(read),
    others: Array.isArray(others) ? others.flatMap((each: unknown) => tokenOf(each) ?? []) : [],
  };
}

export function writeKept(path: string, kept: Kept): void {
  mkdirSync(posix.dirname(path), { recursive: true, mode: 0o700 });
  replacePrivate(path, `${JSON.stringify({ version: 1, ...kept })}\n`);
}

export function forgetKept(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // There was none.
  }
}

function tokenOf(value: unknown): KeptToken | undefined {
  if (!isDocument(value) || !Array.isArray(value["placeholders"])) return undefined;
  const placeholders = value["placeholders"].filter((each: unknown): each is string => typeof each === "string");
  const text = value["value"];
  return { placeholders, ...(typeof text === "string" ? { value: text } : {}) };
}
