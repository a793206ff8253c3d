// One request, one decision: name, rule, rate, quota, content, in this order, and whatever fails in it is a denial. What is judged here
// is exactly what is sent later.
// SECURITY(T22, T24): the name is compared for every request and every h2 stream, not only for the first of a connection.
import { internalError, plainToSecret } from "../decide/advice.js";
import { agrees, type NamedIn } from "../decide/agree.js";
import type { Allowed, ReportDetail, Target, Via } from "../types.js";
import { bytesOf, factsOf, framingOf } from "./headers.js";
import { type Refusal, refusal } from "./refusal.js";
import { BothFilters } from "./secrets.js";
import type { Finding, GateContext, OutboundFilter, Pair, RequestHead, SecretPassage } from "./types.js";

export interface Asked {
  readonly target: Target;
  readonly via: Via;
  /** Each name that the request gives, and where. */
  readonly names: readonly (readonly [where: NamedIn, name: string])[];
  readonly method: string;
  readonly path: string;
  /** Those that will be sent. */
  readonly headers: readonly Pair[];
  /** Over TLS that is opened. */
  readonly secure: boolean;
}

export interface Decision {
  readonly allowed: true;
  readonly target: Target;
  /** What was judged, and nothing else, is sent; but secrets stand in it by then. */
  readonly asked: Asked;
  readonly secrets?: SecretPassage;
  readonly verdict: Allowed;
  readonly detail: ReportDetail;
  readonly filter?: OutboundFilter;
  /** Findings are told and pass. */
  readonly alerts: boolean;
}

/** For the record: never with its query. */
export function detailOf(via: Via, method: string, path: string): ReportDetail {
  const end = path.search(/[?#]/);
  return { via, method, path: end < 0 ? path : path.slice(0, end) };
}

export function decide(context: GateContext, asked: Asked): Decision | Refusal {
  try {
    return decided(context, asked);
  } catch {
    return refusal(internalError());
  }
}

function decided(context: GateContext, asked: Asked): Decision | Refusal {
  const { target, method, path, headers } = asked;
  for (const [where, name] of asked.names) {
    const differs = agrees(target, name, where);
    if (differs !== undefined) return refusal(differs);
  }
  const verdict = context.judge.request(target, { method, path, headers: factsOf(headers) });
  if (!verdict.allowed) return refusal(verdict);
  // SECURITY(T23): whoever stands between could read the secret, or answer as the host.
  if (!asked.secure && context.secrets?.bound(target.host) === true) return refusal(plainToSecret(target));
  const over = context.meter.request(verdict.rule);
  if (over !== undefined) return refusal(over, retryOf(verdict));
  const heavy = weigh(context, asked, verdict);
  return heavy ?? filtered(context, asked, verdict);
}

/** One token of the rule's rate, when that is what ran out. */
function retryOf({ rule }: Allowed): { readonly retryAfterMs?: number } {
  return rule?.rate === undefined ? {} : { retryAfterMs: rule.rate.perMs / Math.max(1, rule.rate.count) };
}

/** The head counts for the run; a length that is announced counts for the rule before anything of it is sent. */
function weigh({ meter }: GateContext, asked: Asked, { rule }: Allowed): Refusal | undefined {
  const head = meter.upload(asked.method.length + asked.path.length + bytesOf(asked.headers));
  if (head !== undefined) return refusal(head);
  const framing = framingOf(asked.headers);
  if (rule?.maxUploadBytes === undefined || framing.kind !== "length") return undefined;
  const body = framing.bytes > rule.maxUploadBytes ? meter.upload(0, rule, framing.bytes) : undefined;
  return body === undefined ? undefined : refusal(body, { status: 413 });
}

function filtered(context: GateContext, asked: Asked, verdict: Allowed): Decision | Refusal {
  const { target, via, method, path, headers } = asked;
  const detail = detailOf(via, method, path);
  const mode = verdict.rule?.filter ?? "block";
  const bare = { allowed: true, target, asked, verdict, detail, alerts: mode === "alert" } as const;
  const filter = openFilter(context, bare, { method, path, headers });
  if (filter === undefined) return bare;
  const decision = { ...bare, filter };
  return contentRefusal(context, decision, filter.head()) ?? decision;
}

/** The rule's own filter, behind those that every request passes. */
function openFilter(context: GateContext, decision: Decision, head: RequestHead): OutboundFilter | undefined {
  const mode = decision.verdict.rule?.filter ?? "block";
  const filter = mode === "off" ? undefined : context.filter?.open(head, mode);
  const guard = context.guard?.open(head, "block", context.secrets?.exempt(decision.target.host));
  const decoys = context.decoys?.open(head, "glance");
  return both(guard, both(decoys, filter));
}

function both(first: OutboundFilter | undefined, second: OutboundFilter | undefined): OutboundFilter | undefined {
  return first === undefined || second === undefined ? (first ?? second) : new BothFilters(first, second);
}

/** What a finding means: a refusal, or only a word about it. */
export function contentRefusal(
  context: GateContext,
  decision: Decision,
  found: Finding | undefined,
): Refusal | undefined {
  if (found === undefined) return undefined;
  if (found.alert !== undefined) context.found?.(decision.target, found, decision.detail);
  else if (decision.alerts) {
    context.found?.(decision.target, found, decision.detail);
    return undefined;
  }
  const { rule } = decision.verdict;
  const place = { url: "address", header: "header fields", body: "body" }[found.where];
  return refusal({
    allowed: false,
    code: "content",
    reason: `the ${place} of this request to ${decision.target.host} holds ${found.what}, which must not leave the sandbox; remove it`,
    ...(rule === undefined ? {} : { origin: rule.origin, place: rule.place }),
  });
}

/** Trailers are looked at as a head of their own. */
export function trailerRefusal(
  context: GateContext,
  decision: Decision,
  trailers: readonly Pair[],
): Refusal | undefined {
  const heavy = context.meter.upload(bytesOf(trailers));
  if (heavy !== undefined) return refusal(heavy);
  if (decision.filter === undefined || trailers.length === 0) return undefined;
  const head = { method: decision.detail.method ?? "", path: "/", headers: trailers };
  const found = openFilter(context, decision, head)?.head();
  return contentRefusal(context, decision, found);
}
