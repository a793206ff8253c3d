// For tests: a query as bytes, an answer as data (read by a decoder that shares nothing with the code under test), and a small judge.
import { hostMatches } from "../../policy/hosts.js";
import type { Denied, Judge, Reporter, Verdict } from "../types.js";
import { Answerer } from "./answers.js";
import { SyntheticNames } from "./names.js";
import { Blocklists } from "./zones.js";

export interface QueryParts {
  readonly id?: number;
  readonly type?: number;
  readonly class?: number;
  /** The size of an OPT record; none without it. */
  readonly edns?: number;
  readonly flags?: number;
  readonly version?: number;
}

export function nameBytes(labels: readonly string[]): Buffer {
  const parts = labels.flatMap((label) => [Buffer.of(label.length), Buffer.from(label, "latin1")]);
  return Buffer.concat([...parts, Buffer.of(0)]);
}

export function shorts(...values: readonly number[]): Buffer {
  return Buffer.concat(values.map((value) => Buffer.of((value >> 8) & 0xff, value & 0xff)));
}

export function queryBytes(name: string | readonly string[], parts: QueryParts = {}): Buffer {
  const labels = typeof name === "string" ? name.split(".").filter((label) => label !== "") : name;
  const opt =
    parts.edns === undefined
      ? Buffer.alloc(0)
      : Buffer.concat([Buffer.of(0), shorts(41, parts.edns, parts.version ?? 0, 0, 0)]);
  const header = shorts(parts.id ?? 7, parts.flags ?? 0x0100, 1, 0, 0, opt.length > 0 ? 1 : 0);
  return Buffer.concat([header, nameBytes(labels), shorts(parts.type ?? 1, parts.class ?? 1), opt]);
}

export interface Decoded {
  readonly id: number;
  readonly isAnswer: boolean;
  readonly truncated: boolean;
  readonly rcode: number;
  readonly question: Buffer | undefined;
  readonly answers: readonly DecodedRecord[];
  readonly authorities: readonly DecodedRecord[];
  readonly extras: readonly DecodedRecord[];
  /** Of the answers to A questions. */
  readonly addresses: readonly string[];
  readonly error: { readonly code: number; readonly text: string } | undefined;
}

export interface DecodedRecord {
  readonly name: string;
  readonly type: number;
  readonly class: number;
  readonly ttl: number;
  readonly data: Buffer;
}

/** Throws where an answer isn't right to the last byte. */
export function decode(bytes: Buffer): Decoded {
  const flags = bytes.readUInt16BE(2);
  const start = bytes.readUInt16BE(4) === 0 ? 12 : nameAt(bytes, 12).end + 4;
  let at = start;
  const section = (count: number) =>
    Array.from({ length: count }, () => {
      const { name, end } = nameAt(bytes, at);
      const length = bytes.readUInt16BE(end + 8);
      at = end + 10 + length;
      if (at > bytes.length) throw new RangeError("a record ends after its message");
      const [type, recordClass] = [bytes.readUInt16BE(end), bytes.readUInt16BE(end + 2)];
      return { name, type, class: recordClass, ttl: bytes.readUInt32BE(end + 4), data: bytes.subarray(end + 10, at) };
    });
  const answers = section(bytes.readUInt16BE(6));
  const authorities = section(bytes.readUInt16BE(8));
  const extras = section(bytes.readUInt16BE(10));
  if (at !== bytes.length) throw new RangeError("bytes after the last record");
  const option = extras.find(({ type, data }) => type === 41 && data.length > 0)?.data;
  return {
    id: bytes.readUInt16BE(0),
    isAnswer: (flags & 0x8000) !== 0,
    truncated: (flags & 0x0200) !== 0,
    rcode: (flags & 0xf) | ((((extras[0]?.ttl ?? 0) >>> 24) & 0xff) << 4),
    question: start === 12 ? undefined : bytes.subarray(12, start),
    answers,
    authorities,
    extras,
    addresses: answers.filter(({ type }) => type === 1).map(({ data }) => data.join(".")),
    error: option && { code: option.readUInt16BE(4), text: option.subarray(6).toString("latin1") },
  };
}

export function nameAt(bytes: Buffer, start: number): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  for (let at = start; ; ) {
    const length = bytes.readUInt8(at);
    if (length === 0) return { name: labels.join("."), end: at + 1 };
    if (length >= 0xc0) {
      const target = bytes.readUInt16BE(at) & 0x3fff;
      if (target >= start) throw new RangeError("a pointer that doesn't point back");
      return { name: [...labels, nameAt(bytes, target).name].join("."), end: at + 2 };
    }
    labels.push(bytes.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
}

/** Allows names as `network.allow` does. */
export function judgeOf(...allow: readonly string[]): Judge {
  const name = (host: string): Verdict => {
    const index = allow.findIndex((pattern) => hostMatches(pattern, host));
    const found = allow[index];
    if (found === undefined) return { allowed: false, code: "no-rule", reason: `no rule allows ${host}` };
    const origin = `network.allow.${index}`;
    const place = `/work/cordon.yaml:${index + 3}:7`;
    const rule = { origin, place, host: found, ports: [443], inspect: false, filter: "off" } as const;
    return { allowed: true, rule, origin, inspect: false };
  };
  return { name, target: ({ host }) => name(host), request: ({ host }) => name(host) };
}

export interface Told {
  readonly name: string;
  readonly denied: Denied;
}

export function reporterInto(told: Told[]): Reporter {
  return {
    allowed: () => undefined,
    denied: () => undefined,
    nameDenied: (name, denied) => void told.push({ name, denied }),
  };
}

export function blocklistsOf(text: string): Blocklists {
  const result = Blocklists.parse([{ file: "/lists/block.rpz", text }]);
  if (!result.ok) throw new TypeError(result.diagnostics.map(({ message }) => message).join("; "));
  return result.blocklists;
}

export interface FixtureOptions {
  readonly judge?: Judge;
  readonly names?: SyntheticNames;
  readonly blocklist?: string;
  readonly exactNames?: ReadonlySet<string>;
  readonly nowMs?: () => number;
}

/** An answerer, and what it told. */
export function answererOf(options: FixtureOptions = {}) {
  const told: Told[] = [];
  const names = options.names ?? new SyntheticNames();
  const answerer = new Answerer({
    judge: options.judge ?? judgeOf("api.example.com", "*.example.org"),
    names,
    blocklists: options.blocklist === undefined ? new Blocklists() : blocklistsOf(options.blocklist),
    report: reporterInto(told),
    nowMs: options.nowMs ?? (() => 0),
    ...(options.exactNames === undefined ? {} : { exactNames: options.exactNames }),
  });
  const ask = (name: string | readonly string[], parts?: QueryParts): Decoded => {
    const answer = answerer.answer(queryBytes(name, parts), "udp");
    if (answer === undefined) throw new TypeError("there is no answer");
    return decode(answer);
  };
  return { answerer, names, told, ask };
}
