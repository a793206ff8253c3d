// What is asked of a name besides the policy's rules: blocklists, and below an allowed wildcard that it names a host and isn't a message.
// SECURITY(T26, T31): the name service and every other way in ask the same questions; a name that a proxy is asked for is resolved too.
import { printable } from "../../core/text.js";
import type { PlannedNetwork } from "../../plan/types.js";
import type { Allowed, Denied, Judge, Verdict } from "../types.js";
import { payloadProblem } from "./labels.js";
import type { Blocklists } from "./zones.js";

export interface NameChecks {
  readonly blocklists: Blocklists;
  /** Hosts that a rule names in full: they may look like anything. */
  readonly exactNames?: ReadonlySet<string>;
}

/** Hosts that a rule names in full. */
export function exactNames({ rules }: PlannedNetwork): ReadonlySet<string> {
  return new Set(rules.map(({ host }) => host).filter((host) => !host.startsWith("*.")));
}

/** Why an allowed name is refused all the same. */
export function refusedName(host: string, verdict: Allowed, checks: NameChecks): Denied | undefined {
  const match = checks.blocklists.match(host);
  // `tcp-only` is about how to ask, not about whether.
  if (match !== undefined && match.action !== "tcp-only") return blocked(host, match.trigger, match.place);
  const pattern = wildcardOf(host, verdict, checks);
  const problem = pattern === undefined ? undefined : payloadProblem(host, pattern);
  if (problem === undefined) return undefined;
  const advice = "if it is a host that you need, ask your user to name it in full in network.allow";
  return labelDenied(verdict, `${short(host)} is refused: its part before ${pattern?.slice(2)} ${problem}; ${advice}`);
}

/** A judge that asks these questions too, for connections and requests as for look-ups. */
export function withNameChecks(judge: Judge, checks: NameChecks): Judge {
  const checked = (host: string, verdict: Verdict): Verdict =>
    verdict.allowed ? (refusedName(host, verdict, checks) ?? verdict) : verdict;
  return {
    name: (host) => checked(host, judge.name(host)),
    target: (target) => checked(target.host, judge.target(target)),
    request: (target, request) => checked(target.host, judge.request(target, request)),
  };
}

const WINDOW_MS = 60_000;
const MAX_NEW_NAMES = 60;
const MAX_REMEMBERED = 16_384;

/** How many new names there may be below one wildcard in a minute. Names that were let through once are free from then on. */
export class NewNames {
  readonly #checks: NameChecks;
  readonly #nowMs: () => number;
  /** One for each wildcard of the policy. */
  readonly #windows = new Map<string, { startMs: number; count: number }>();
  readonly #known = new Set<string>();

  constructor(checks: NameChecks, nowMs: () => number) {
    this.#checks = checks;
    this.#nowMs = nowMs;
  }

  refused(host: string, verdict: Allowed): Denied | undefined {
    const pattern = wildcardOf(host, verdict, this.#checks);
    if (pattern === undefined || this.#known.has(host)) return undefined;
    const now = this.#nowMs();
    let window = this.#windows.get(pattern);
    if (window === undefined || now - window.startMs >= WINDOW_MS) {
      window = { startMs: now, count: 0 };
      this.#windows.set(pattern, window);
    }
    if (window.count >= MAX_NEW_NAMES) {
      const reason = `${short(host)} is refused: more than ${MAX_NEW_NAMES} new names below ${pattern} in a minute; wait a minute, or ask your user to name the hosts in full in network.allow`;
      return labelDenied(verdict, reason);
    }
    window.count += 1;
    // When this is full, new names count each time they are asked for: the limit only gets tighter.
    if (this.#known.size < MAX_REMEMBERED) this.#known.add(host);
    return undefined;
  }
}

/** The wildcard that allows a name, if nothing names it in full. */
function wildcardOf(host: string, { rule }: Allowed, { exactNames }: NameChecks): string | undefined {
  return rule?.host.startsWith("*.") && !exactNames?.has(host) ? rule.host : undefined;
}

function labelDenied({ rule, origin }: Allowed, reason: string): Denied {
  return { allowed: false, code: "label", reason, origin, ...(rule === undefined ? {} : { place: rule.place }) };
}

function blocked(host: string, trigger: string, place: string): Denied {
  // The file's name is the user's own and may be in any script.
  const where = printable(place.replace(/[^\x20-\x7e]/g, "?"), 200);
  const reason = `${short(host)} is on a blocklist (${short(trigger)} at ${where}); ask your user if it is needed`;
  return { allowed: false, code: "blocklist", reason, origin: "network.dns.blocklists", place };
}

/** Canonical hosts are printable; only their length is anybody's. */
function short(host: string): string {
  return host.length > 80 ? `${host.slice(0, 40)}...${host.slice(-36)}` : host;
}
