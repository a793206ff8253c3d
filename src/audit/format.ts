// The lines of a record, written and read (docs/audit.md): events as everywhere else with the hash of the line before them, checkpoints,
// and gaps. Reading is strict: what this module wouldn't have written isn't a line of a record. Pure.
import { hash } from "node:crypto";
import { formatEvent } from "../events/jsonl.js";
import type { Event } from "../events/types.js";

/**
 * Why a checkpoint was made. `exit` is the last line of a finished record; `rotation` and `part` end and begin a file of it; `pruned` is in
 * the ledger only: the record was removed by its owner.
 */
export type CheckpointReason = "start" | "count" | "time" | "rotation" | "part" | "exit" | "pruned";

export interface Checkpoint {
  readonly run: string;
  readonly time: string;
  /** Which file of the record it is in, from 0. */
  readonly part: number;
  /** Its own number among all lines of the record, from 1: so many lines less one lie before it. */
  readonly line: number;
  /** The last event before it; 0 when there is none. */
  readonly seq: number;
  readonly reason: CheckpointReason;
  /** Hash of the line before. */
  readonly prev: string;
  /** The public key, 32 bytes in base64url: it names itself. */
  readonly key: string;
}

/** Events that could not be recorded although the policy says to go on. Without `to`: all from there on. */
export interface Gap {
  readonly run: string;
  readonly time: string;
  readonly from: number;
  readonly to?: number;
  readonly reason: string;
  readonly prev: string;
}

export type Line =
  | { readonly kind: "event"; readonly run: string; readonly seq: number; readonly prev: string }
  | { readonly kind: "gap"; readonly run: string; readonly gap: Gap; readonly prev: string }
  | {
      readonly kind: "checkpoint";
      readonly run: string;
      readonly checkpoint: Checkpoint;
      readonly signature: string;
      readonly prev: string;
    };

/** Longer than any event; a line of this length is refused instead of being held in memory. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024;

const REASONS: readonly string[] = ["start", "count", "time", "rotation", "part", "exit", "pruned"];
const EVENT_HEAD =
  /^\{"seq":([1-9]\d{0,14}),"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","run":"([A-Za-z0-9._-]{1,128})",/;
const HEAD_BYTES = 220;
const TAIL = /^,"prev":"([0-9a-f]{64})"\}$/;
const TAIL_BYTES = 75;
const RUN = /^[A-Za-z0-9._-]{1,128}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const HASH = /^[0-9a-f]{64}$/;

/** sha256 of bytes, as 64 hex digits. */
export function hashOf(bytes: Uint8Array | string): string {
  return hash("sha256", bytes, "hex");
}

/** What the first line of a run's record names as the line before it. */
export function genesis(run: string): string {
  return hashOf(`cordon audit record v1\n${run}`);
}

/** An event's line, without its newline: the event as it is written everywhere, with `prev` as its last member. */
export function eventLine(event: Event, prev: string): Buffer {
  return Buffer.from(`${formatEvent(event).slice(0, -2)},"prev":"${prev}"}`);
}

export function gapLine({ run, time, from, to, reason, prev }: Gap): Buffer {
  return Buffer.from(
    JSON.stringify({ type: "gap", run, time, from, ...(to === undefined ? {} : { to }), reason, prev }),
  );
}

/** The part of a checkpoint's line that is signed: all of it before the signature. */
export function checkpointHead({ run, time, part, line, seq, reason, prev, key }: Checkpoint): string {
  return JSON.stringify({ type: "checkpoint", run, time, part, line, seq, reason, prev, key }).slice(0, -1);
}

export function checkpointLine(checkpoint: Checkpoint, signature: string): Buffer {
  return Buffer.from(`${checkpointHead(checkpoint)},"signature":"${signature}"}`);
}

/** A line without its newline. undefined: nothing that a record holds. */
export function parseLine(bytes: Buffer): Line | undefined {
  // The numbers of an event's head are what the chain is held against; the rest of it is bound by its hash.
  const head = EVENT_HEAD.exec(bytes.toString("latin1", 0, HEAD_BYTES));
  if (head === null) return parseOwn(bytes);
  const prev = TAIL.exec(bytes.toString("latin1", bytes.length - TAIL_BYTES, bytes.length))?.[1];
  const [, seq, run] = head;
  return prev === undefined || run === undefined ? undefined : { kind: "event", run, seq: Number(seq), prev };
}

/** Whether an event's line is JSON as a whole. What a signature covers was written by Cordon, so only the rest needs this. */
export function isJson(bytes: Buffer): boolean {
  return jsonOf(bytes) !== undefined;
}

/** The JSON object in a line. */
export function jsonOf(bytes: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value))
      : undefined;
  } catch {
    return undefined;
  }
}

function parseOwn(bytes: Buffer): Line | undefined {
  if (bytes.length > 8192 || !/^\{"type":"(?:checkpoint|gap)",/.test(bytes.toString("latin1", 0, 24))) return undefined;
  const value = jsonOf(bytes);
  if (value === undefined) return undefined;
  const line = value["type"] === "gap" ? readGap(value) : readCheckpoint(value);
  // Equal text: no other spelling of the same content, no member that isn't known.
  return line !== undefined && textOf(line).equals(bytes) ? line : undefined;
}

function textOf(line: Exclude<Line, { kind: "event" }>): Buffer {
  return line.kind === "gap" ? gapLine(line.gap) : checkpointLine(line.checkpoint, line.signature);
}

function readGap(value: Readonly<Record<string, unknown>>): Exclude<Line, { kind: "event" }> | undefined {
  const { run, time, from, to, reason, prev } = value;
  if (!isText(run, RUN) || !isText(time, TIME) || !isCount(from) || !isText(prev, HASH)) return undefined;
  if (typeof reason !== "string" || !(to === undefined || (isCount(to) && to >= from))) return undefined;
  const gap = { run, time, from, ...(to === undefined ? {} : { to }), reason, prev };
  return { kind: "gap", run, gap, prev };
}

function readCheckpoint(value: Readonly<Record<string, unknown>>): Exclude<Line, { kind: "event" }> | undefined {
  const { run, time, part, line, seq, reason, prev, key, signature } = value;
  if (!isText(run, RUN) || !isText(time, TIME) || !isText(prev, HASH) || !isReason(reason)) return undefined;
  if (!isCount(part) || !isCount(line) || !isCount(seq)) return undefined;
  if (!isText(key, /^[\w-]{43}$/) || !isText(signature, /^[\w-]{86}$/)) return undefined;
  return { kind: "checkpoint", run, checkpoint: { run, time, part, line, seq, reason, prev, key }, signature, prev };
}

function isReason(value: unknown): value is CheckpointReason {
  return typeof value === "string" && REASONS.includes(value);
}

function isText(value: unknown, pattern: RegExp): value is string {
  return typeof value === "string" && pattern.test(value);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
