// Turns decisions into events. Every denial is one; a flood of them is summarised, so that a program that asks in a loop can't drown the
// record. It must never show a query, nor anything from inside that isn't escaped and bounded.
import { printable } from "../core/text.js";
import type { EventDraft } from "../events/types.js";
import type { Denied, ReportDetail, Reporter, Target } from "./types.js";

/** Denials told one by one within a second; the rest of that second is told as one `limit.hit`. */
const MAX_DENIED = 200;
const SPAN_MS = 1000;
const MAX_PATH = 512;
const MAX_REASON = 600;

export interface ReportOptions {
  readonly emit: (draft: EventDraft) => void;
  readonly nowMs: () => number;
}

export interface EventReporter extends Reporter {
  /** Tells of what was only counted so far. */
  flush(): void;
}

/** Counts what is told within a second. */
class Flood {
  readonly #options: ReportOptions;
  #sinceMs = Number.NEGATIVE_INFINITY;
  #told = 0;
  #left = 0;

  constructor(options: ReportOptions) {
    this.#options = options;
  }

  admits(): boolean {
    const nowMs = this.#options.nowMs();
    if (nowMs - this.#sinceMs >= SPAN_MS) {
      this.flush();
      this.#sinceMs = nowMs;
      this.#told = 0;
    }
    this.#told += 1;
    if (this.#told <= MAX_DENIED) return true;
    this.#left += 1;
    return false;
  }

  /** `value`: how many denials were not told. */
  flush(): void {
    const left = this.#left;
    this.#left = 0;
    if (left > 0) this.#options.emit({ type: "limit.hit", limit: "events", value: left });
  }
}

export function makeReporter(options: ReportOptions): EventReporter {
  const { emit } = options;
  const flood = new Flood(options);
  return {
    allowed: (target, verdict, detail) =>
      emit({ type: "network.allowed", ...shown(target), rule: verdict.origin, ...detailOf(detail) }),
    denied: (target, denied, detail) => {
      if (flood.admits()) emit({ type: "network.denied", ...shown(target), ...deniedOf(denied), ...detailOf(detail) });
    },
    nameDenied: (name, { reason }) => {
      if (flood.admits())
        emit({ type: "dns.denied", name: printable(name, 255), reason: printable(reason, MAX_REASON) });
    },
    flush: () => flood.flush(),
  };
}

function shown({ host, port }: Target): Target {
  return { host: printable(host, 255), port };
}

function deniedOf({ code, reason, origin }: Denied): { reason: string; code: string; rule?: string } {
  return { reason: printable(reason, MAX_REASON), code, ...(origin === undefined ? {} : { rule: origin }) };
}

function detailOf({ via, method, path }: ReportDetail): { via: string; method?: string; path?: string } {
  return {
    via,
    ...(method === undefined ? {} : { method: printable(method, 64) }),
    ...(path === undefined || path === "" ? {} : { path: printable(path.split("?", 1)[0] ?? "", MAX_PATH) }),
  };
}
