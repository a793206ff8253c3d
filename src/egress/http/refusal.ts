// A refusal of one request and how it is said to the client. Denials are never 5xx: agents and libraries try those again and again. Only
// trouble with an upstream is a 502. Nothing from a request but what the reason already holds (escaped) may come into an answer.
import type { Denied, DenyCode, Target } from "../types.js";
import type { Pair } from "./types.js";
import { valuesOf } from "./wellformed.js";

export interface Refusal {
  readonly allowed: false;
  readonly denied: Denied;
  /** Where the code alone doesn't say it. */
  readonly status?: number;
  readonly retryAfterMs?: number;
}

/** Carries a refusal through streams and promises. */
export class Refused extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.denied.reason);
    this.name = "Refused";
    this.refusal = refusal;
  }
}

export interface Answer {
  readonly status: number;
  readonly phrase: string;
  readonly headers: readonly Pair[];
  readonly body: string;
}

const STATUS: Partial<Record<DenyCode, number>> = {
  malformed: 400,
  rate: 429,
  connections: 429,
  unresolved: 502,
  unreachable: 502,
  "upstream-tls": 502,
};
const PHRASES: Readonly<Record<number, string>> = {
  400: "Refused by Cordon",
  413: "Upload Limit of Cordon",
  429: "Rate Limit of Cordon",
  502: "Upstream Failed",
};

export function refusal(
  denied: Denied,
  more: { readonly status?: number; readonly retryAfterMs?: number } = {},
): Refusal {
  return { allowed: false, denied, ...more };
}

/** An upstream that broke off, spoke nonsense or went away. */
export function upstreamFailed({ host, port }: Target, what: string): Refusal {
  const shown = host.includes(":") ? `[${host}]` : host;
  return refusal({ allowed: false, code: "unreachable", reason: `${shown}:${port} ${what}` });
}

export function statusOf({ denied, status }: Refusal): number {
  return status ?? STATUS[denied.code] ?? 403;
}

/** Complete, its length included; `headers` are the request's. */
export function answerTo(refused: Refusal, headers: readonly Pair[]): Answer {
  const status = statusOf(refused);
  const { code, reason, origin, place } = refused.denied;
  const json = valuesOf(headers, "accept").some((value) => /\bapplication\/(?:[a-z.]+\+)?json\b/i.test(value));
  const body = json
    ? `${JSON.stringify({ error: "blocked by cordon", code, reason, setting: origin, place, advice: adviceFor(status) })}\n`
    : `${reason}\n${adviceFor(status)}\n`;
  const after = status === 429 ? [["retry-after", String(secondsOf(refused.retryAfterMs))] as const] : [];
  return {
    status,
    phrase: PHRASES[status] ?? "Blocked by Cordon",
    headers: [
      ["content-type", json ? "application/json" : "text/plain; charset=utf-8"],
      ["content-length", String(Buffer.byteLength(body))],
      ["cache-control", "no-store"],
      ["x-cordon-code", code],
      ...after,
    ],
    body,
  };
}

function secondsOf(waitMs = 1000): number {
  return Math.max(1, Math.ceil(waitMs / 1000));
}

function adviceFor(status: number): string {
  if (status === 502) return "Cordon allows this; the trouble is with the server or the way to it.";
  if (status === 429) return "Wait before the next request, or ask your user to raise the limit in the policy.";
  if (status === 400) return "Trying again in the same form won't change this.";
  return "Trying again won't change this. If it is needed, tell your user what you asked for and this message.";
}

/** gRPC has no use for a 403: a response of headers only, PERMISSION_DENIED or UNAVAILABLE (gRPC over HTTP/2, Responses). */
export function grpcAnswer(refused: Refusal): readonly Pair[] {
  const status = statusOf(refused);
  const code = status === 502 ? "14" : status === 429 ? "8" : status === 400 ? "3" : "7";
  const message = refused.denied.reason.replace(/[^\x20-\x24\x26-\x7e]/g, (character) => encodeURIComponent(character));
  return [
    ["content-type", "application/grpc"],
    ["grpc-status", code],
    ["grpc-message", message],
    ["x-cordon-code", refused.denied.code],
  ];
}

export function isGrpc(headers: readonly Pair[]): boolean {
  return valuesOf(headers, "content-type").some((value) => /^application\/grpc(?:$|[+;])/i.test(value));
}
