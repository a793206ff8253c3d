// Answers one DNS message: an allowed name gets its synthetic address, anything else that there is no such name, and why.
// It must never throw and never ask anybody: no query leaves the host, allowed or not.
// SECURITY(T26): every failure in here is a "no".
import type { Denied, DenyCode, Judge, Reporter, Verdict } from "../types.js";
import { type Asked, readAsked } from "./asked.js";
import { Denials } from "./denials.js";
import {
  type Answer,
  addressData,
  EXTENDED_ERROR,
  encodeAnswer,
  encodeFault,
  MAX_TCP_BYTES,
  nameData,
  type RecordData,
  udpLimit,
} from "./encode.js";
import { type NameChecks, NewNames, refusedName } from "./guard.js";
import type { SyntheticNames } from "./names.js";
import { CLASS, parseMessage, type Query, RCODE, TYPE } from "./wire.js";

export type Transport = "udp" | "tcp";

export interface AnswererParts extends NameChecks {
  readonly judge: Judge;
  readonly names: SyntheticNames;
  readonly report: Reporter;
  readonly newNames?: NewNames;
  /** Counts up; for limits by the minute and the record's quiet times. */
  readonly nowMs: () => number;
}

const NO_DATA: Answer = { rcode: RCODE.NOERROR, records: [] };
const REFUSED: Answer = { rcode: RCODE.REFUSED, records: [] };
const LOOPBACK = addressData("127.0.0.1");
const LOOPBACK6 = Uint8Array.from({ length: 16 }, (_, index) => (index === 15 ? 1 : 0));

/** RFC 8914: by the operator's list, by a filter, or since nobody said that it is allowed. */
const ERROR_CODES: Partial<Record<DenyCode, number>> = {
  blocklist: EXTENDED_ERROR.BLOCKED,
  "denied-by-rule": EXTENDED_ERROR.BLOCKED,
  label: EXTENDED_ERROR.FILTERED,
  malformed: EXTENDED_ERROR.FILTERED,
  "no-rule": EXTENDED_ERROR.PROHIBITED,
};

export class Answerer {
  readonly #parts: AnswererParts;
  readonly #newNames: NewNames;
  readonly #denials: Denials;

  constructor(parts: AnswererParts) {
    this.#parts = parts;
    this.#newNames = parts.newNames ?? new NewNames(parts, parts.nowMs);
    this.#denials = new Denials(parts.report, parts.nowMs);
  }

  /** The answer to a message; undefined for what isn't answered at all. */
  answer(message: Uint8Array, transport: Transport): Buffer | undefined {
    try {
      const parsed = parseMessage(message);
      if (parsed.kind === "ignored") return undefined;
      const query = parsed.query;
      const limit = transport === "udp" ? udpLimit(query) : MAX_TCP_BYTES;
      if (parsed.kind === "faulty") {
        const { head, rcode } = parsed;
        return query === undefined ? encodeFault(head, rcode) : encodeAnswer(query, { rcode, records: [] }, limit);
      }
      return encodeAnswer(parsed.query, this.#decide(parsed.query, transport), limit);
    } catch {
      // A bug of ours. Silence makes the asker wait and ask again; it gets no address.
      return undefined;
    }
  }

  #decide({ question }: Query, transport: Transport): Answer {
    const { type } = question;
    if (question.class !== CLASS.IN && question.class !== CLASS.ANY) return REFUSED;
    // Transfers, signatures and other things that aren't records.
    if (type >= 128 && type < TYPE.ANY) return REFUSED;
    const asked = readAsked(question.labels);
    if (asked.kind === "root") return NO_DATA;
    if (asked.kind === "localhost") return localhost(type);
    if (asked.kind === "malformed") {
      const reason = "the name has parts that no host name has (letters, digits and inner hyphens only)";
      return this.#deny(asked.shown, { allowed: false, code: "malformed", reason });
    }
    const known = asked.kind === "reverse" ? this.#reverse(asked.address) : undefined;
    if (known !== undefined) return pointer(type, known);
    return this.#judged(asked, type, transport);
  }

  #judged(asked: Asked & { kind: "host" | "reverse" }, type: number, transport: Transport): Answer {
    const { blocklists, names } = this.#parts;
    const verdict = this.#verdict(asked.host);
    if (!verdict.allowed) return this.#deny(asked.shown, verdict);
    const refused = refusedName(asked.host, verdict, this.#parts);
    const listed = blocklists.match(asked.host)?.action;
    if (refused !== undefined) {
      const rcode = listed === "nodata" ? RCODE.NOERROR : RCODE.NXDOMAIN;
      return { ...this.#deny(asked.shown, refused), rcode };
    }
    if (listed === "tcp-only" && transport === "udp") return { ...NO_DATA, truncated: true };
    if (asked.kind === "reverse" || asked.service) return NO_DATA;
    const tooMany = this.#newNames.refused(asked.host, verdict);
    if (tooMany !== undefined) return this.#deny(asked.shown, tooMany);
    // RFC 8482: one kind of record is enough of an answer to ANY.
    if (type !== TYPE.A && type !== TYPE.ANY) return NO_DATA;
    const address = names.addressOf(asked.host);
    if (address !== undefined) return positive([{ type: TYPE.A, data: addressData(address) }]);
    const reason = "this run has no more addresses for new names; names that it used before still work";
    return { ...this.#deny(asked.shown, { allowed: false, code: "quota", reason }), rcode: RCODE.SERVFAIL };
  }

  #verdict(host: string): Verdict {
    try {
      return this.#parts.judge.name(host);
    } catch {
      return { allowed: false, code: "internal", reason: "Cordon failed to decide about this name; this is a bug" };
    }
  }

  #reverse(address: string): string | undefined {
    if (address === "127.0.0.1" || address === "::1") return "localhost";
    return this.#parts.names.nameOf(address);
  }

  #deny(shown: string, denied: Denied): Answer {
    try {
      this.#denials.tell(shown, denied);
    } catch {
      // A record that can't be written ends the run elsewhere; the answer is no in any case.
    }
    const error = { code: ERROR_CODES[denied.code] ?? EXTENDED_ERROR.OTHER, text: denied.reason };
    return { rcode: RCODE.NXDOMAIN, records: [], error };
  }
}

function positive(records: readonly RecordData[]): Answer {
  return { rcode: RCODE.NOERROR, records };
}

function localhost(type: number): Answer {
  if (type === TYPE.AAAA) return positive([{ type: TYPE.AAAA, data: LOOPBACK6 }]);
  return type === TYPE.A || type === TYPE.ANY ? positive([{ type: TYPE.A, data: LOOPBACK }]) : NO_DATA;
}

function pointer(type: number, name: string): Answer {
  const data = type === TYPE.PTR || type === TYPE.ANY ? nameData(name) : undefined;
  return data === undefined ? NO_DATA : positive([{ type: TYPE.PTR, data }]);
}
