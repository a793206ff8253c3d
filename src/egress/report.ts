// Turns decisions into events, each into one: a flood makes whoever causes it wait for the record, and none is left out of it. It must
// never show a query, nor anything from inside that isn't escaped and bounded.
import { printable } from "../core/text.js";
import type { EventDraft } from "../events/types.js";
import type { Denied, ReportDetail, Reporter, Target } from "./types.js";

const MAX_PATH = 512;
const MAX_REASON = 600;

export function makeReporter(emit: (draft: EventDraft) => void): Reporter {
  return {
    allowed: (target, verdict, detail) =>
      emit({ type: "network.allowed", ...shown(target), rule: verdict.origin, ...detailOf(detail) }),
    denied: (target, denied, detail) =>
      emit({ type: "network.denied", ...shown(target), ...deniedOf(denied), ...detailOf(detail) }),
    nameDenied: (name, { reason }) =>
      emit({ type: "dns.denied", name: printable(name, 255), reason: printable(reason, MAX_REASON) }),
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
