// The wire form of the op list that cordon-init reads (native/PROTOCOL.md), both ways, and its readable form.
// Pure. It must never emit a list that the C side could read differently: every field is checked against the table here.
import { CordonError } from "../../core/error.js";
import type { Op } from "../../plan/types.js";

type FieldKind = "number" | "text" | "bytes";

interface OpShape {
  readonly code: number;
  readonly fields: readonly { readonly name: string; readonly kind: FieldKind }[];
}

const number = (name: string) => ({ name, kind: "number" as const });
const text = (name: string) => ({ name, kind: "text" as const });
const bytes = (name: string) => ({ name, kind: "bytes" as const });

function shape(code: number, ...fields: OpShape["fields"]): OpShape {
  return { code, fields };
}

/** Every op by name, as in native/PROTOCOL.md. */
export const OP_SHAPES: Readonly<Record<string, OpShape>> = {
  namespaces: shape(1, number("flags")),
  identity: shape(2, number("uid"), number("gid"), number("hostUid"), number("hostGid")),
  "map-owner": shape(3, number("uid"), number("gid")),
  hostname: shape(4, text("name")),
  umask: shape(5, number("mask")),
  tty: shape(6),
  root: shape(10, number("sizeBytes")),
  directory: shape(11, text("target"), number("mode")),
  tmpfs: shape(12, text("target"), number("mode"), number("sizeBytes"), number("flags")),
  bind: shape(13, text("source"), text("target"), number("flags")),
  file: shape(14, text("target"), number("mode"), bytes("content")),
  symlink: shape(15, text("target"), text("value")),
  proc: shape(16, text("target")),
  dev: shape(17, text("target")),
  mask: shape(18, text("target")),
  "whole-proc": shape(20, text("target")),
  attributes: shape(19, text("target"), number("flags")),
  rlimit: shape(30, number("resource"), number("soft"), number("hard")),
  landlock: shape(31, number("handledFs"), number("handledNet"), number("scoped")),
  "landlock-path": shape(32, text("target"), number("access")),
  seccomp: shape(33, bytes("program"), number("flags")),
  loopback: shape(40),
  netlink: shape(41, number("protocol"), bytes("messages")),
  listen: shape(42, text("id"), number("type"), text("address"), number("port"), number("flags")),
  dial: shape(43),
  meet: shape(44, text("path")),
  "guard-root": shape(50, text("path"), number("flags")),
  "guard-name": shape(51, number("kind"), text("anchor"), text("pattern")),
  "socket-tree": shape(52, text("path"), number("allowed")),
  canary: shape(53, text("path")),
  env: shape(60, text("assignment")),
  arg: shape(61, text("value")),
  cwd: shape(62, text("path")),
  wall: shape(70, text("word")),
  "wall-env": shape(71, text("assignment")),
  "wall-file": shape(72, number("descriptor"), bytes("content")),
  "wall-meet": shape(73, text("path")),
  end: shape(99),
};

const MAGIC = "CRDN";
const VERSION = 1;
const MAX_BYTES = 8 * 1024 * 1024;
const MAX_U32 = 2 ** 32 - 1;

/** The whole list with header and the closing `end`, ready to be written to descriptor 3. */
export function encodeOps(ops: readonly Op[]): Buffer {
  const writer = new OpWriter(ops.reduce((sum, op) => sum + sizeOf(op), HEADER_BYTES + END_BYTES));
  writer.header();
  for (const op of ops) writer.op(op);
  if (ops.at(-1)?.op !== "end") writer.op(END);
  return writer.finish();
}

/** A list that is used for many runs: only what a run fills in is encoded for it, the rest once. */
export class OpTemplate {
  readonly #parts: (Buffer | Op)[] = [];

  constructor(ops: readonly Op[]) {
    let from = 0;
    const fixed = (to: number) => {
      if (to > from) this.#parts.push(encodePart(ops.slice(from, to)));
      from = to + 1;
    };
    for (const [at, op] of ops.entries()) {
      if (op.slot === undefined) continue;
      fixed(at);
      this.#parts.push(op);
    }
    fixed(ops.length);
  }

  encode(fill: (op: Op) => Op): Buffer {
    const parts = this.#parts.map((part) => (Buffer.isBuffer(part) ? part : encodePart([fill(part)])));
    const whole = Buffer.concat([encodeOps([]).subarray(0, HEADER_BYTES), ...parts, encodePart([END])]);
    if (whole.length > MAX_BYTES) throw tooLarge();
    return whole;
  }
}

function encodePart(ops: readonly Op[]): Buffer {
  const writer = new OpWriter(ops.reduce((sum, op) => sum + sizeOf(op), 0));
  for (const op of ops) writer.op(op);
  return writer.finish();
}

function tooLarge(): CordonError {
  return new CordonError("launch-failed", "the launch needs more than 8 MiB of instructions");
}

const END: Op = { op: "end", fields: [] };
const HEADER_BYTES = 8;
const END_BYTES = 4;

/** An upper bound: three bytes for each UTF-16 unit of a text. */
function sizeOf({ fields }: Op): number {
  let size = 4;
  for (const field of fields) {
    if (typeof field === "string") size += 5 + field.length * 3;
    else size += field instanceof Uint8Array ? 4 + field.length : 12;
  }
  return size;
}

/** Writes into one buffer: a launch has hundreds of fields, and each run pays for them. */
class OpWriter {
  readonly #out: Buffer;
  #at = 0;

  constructor(capacity: number) {
    if (capacity > MAX_BYTES) throw tooLarge();
    this.#out = Buffer.allocUnsafe(capacity);
  }

  header(): void {
    this.#at += this.#out.write(MAGIC, this.#at, "latin1");
    this.#at = this.#out.writeUInt32LE(VERSION, this.#at);
  }

  op({ op, fields }: Op): void {
    const known = Object.hasOwn(OP_SHAPES, op) ? OP_SHAPES[op] : undefined;
    if (known === undefined) throw new CordonError("internal", `there is no op "${op}"`);
    if (known.fields.length !== fields.length) {
      throw new CordonError("internal", `op ${op} has ${fields.length} fields instead of ${known.fields.length}`);
    }
    this.#at = this.#out.writeUInt16LE(known.code, this.#at);
    this.#at = this.#out.writeUInt16LE(fields.length, this.#at);
    for (const [index, { name, kind }] of known.fields.entries()) {
      if (!this.#field(kind, fields[index])) throw new CordonError("internal", `${op}.${name} isn't a ${kind}`);
    }
  }

  finish(): Buffer {
    return this.#out.subarray(0, this.#at);
  }

  #field(kind: FieldKind, value: Op["fields"][number] | undefined): boolean {
    if (kind === "number") return (typeof value === "number" || typeof value === "bigint") && this.#number(value);
    if (kind === "bytes" && value instanceof Uint8Array) {
      this.#at = this.#out.writeUInt32LE(value.length, this.#at);
      this.#out.set(value, this.#at);
      this.#at += value.length;
      return true;
    }
    return typeof value === "string" && this.#text(value, kind === "text");
  }

  #number(value: number | bigint): boolean {
    const { low, high } = words(value);
    if (!(high >= 0 && high <= MAX_U32)) return false;
    this.#at = this.#out.writeUInt32LE(8, this.#at);
    this.#at = this.#out.writeUInt32LE(low, this.#at);
    this.#at = this.#out.writeUInt32LE(high, this.#at);
    return true;
  }

  #text(value: string, terminated: boolean): boolean {
    // SECURITY(T7): a NUL would make the C side see a shorter text than the one that was judged.
    if (terminated && value.includes("\0"))
      throw new CordonError("launch-failed", "a path or word contains a NUL character");
    const start = this.#at + 4;
    let size = this.#out.write(value, start, "utf8");
    if (terminated) this.#out[start + size++] = 0;
    this.#out.writeUInt32LE(size, this.#at);
    this.#at = start + size;
    return true;
  }
}

/** The two halves of a 64-bit number; `high` is out of range for what isn't one. */
function words(value: number | bigint): { readonly low: number; readonly high: number } {
  if (typeof value === "bigint") return { low: Number(value & 0xffff_ffffn), high: Number(value >> 32n) };
  if (!Number.isSafeInteger(value)) return { low: 0, high: -1 };
  return { low: (value % 2 ** 32) >>> 0, high: Math.floor(value / 2 ** 32) };
}

/** Reads a list back; for tests and for showing what a launch does. Refuses what cordon-init would refuse. */
export function decodeOps(data: Uint8Array): Op[] {
  const view = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (view.length < 8 || view.toString("latin1", 0, 4) !== MAGIC || view.readUInt32LE(4) !== VERSION)
    throw malformed("header");
  const ops: Op[] = [];
  let at = 8;
  while (at < view.length) {
    const { op, next } = decodeOne(view, at);
    ops.push(op);
    at = next;
    if (op.op === "end" && at !== view.length) throw malformed("something follows the end");
  }
  if (ops.at(-1)?.op !== "end") throw malformed("no end");
  return ops;
}

const NAMES = new Map(Object.entries(OP_SHAPES).map(([name, { code }]) => [code, name]));

function decodeOne(view: Buffer, start: number): { readonly op: Op; readonly next: number } {
  if (start + 4 > view.length) throw malformed("cut short");
  const name = NAMES.get(view.readUInt16LE(start));
  const known = name === undefined ? undefined : OP_SHAPES[name];
  if (name === undefined || known === undefined || view.readUInt16LE(start + 2) !== known.fields.length) {
    throw malformed("unknown op or number of fields");
  }
  const fields: Op["fields"][number][] = [];
  let at = start + 4;
  for (const { kind } of known.fields) {
    if (at + 4 > view.length) throw malformed("cut short");
    const length = view.readUInt32LE(at);
    at += 4;
    if (at + length > view.length) throw malformed("field length");
    fields.push(decodeField(kind, view.subarray(at, at + length)));
    at += length;
  }
  return { op: { op: name, fields }, next: at };
}

function decodeField(kind: FieldKind, field: Buffer): Op["fields"][number] {
  if (kind === "bytes") return new Uint8Array(field);
  if (kind === "number") {
    if (field.length !== 8) throw malformed("number length");
    const wide = field.readBigUInt64LE();
    return wide <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(wide) : wide;
  }
  if (field.indexOf(0) !== field.length - 1) throw malformed("text end");
  return field.toString("utf8", 0, field.length - 1);
}

function malformed(what: string): CordonError {
  return new CordonError("internal", `malformed op list: ${what}`);
}
