// When an alert comes true: over the events of a run, and over what it uses. Pure: time comes in with each call. What a rule remembers is
// bounded by its own numbers, and alerts are never counted themselves.
import { printable } from "../../core/text.js";
import { formatSize } from "../../core/units.js";
import type { Event } from "../../events/types.js";
import { conditionOf } from "../../plan/explain-record.js";
import { hostMatches } from "../../policy/hosts.js";
import { compilePath } from "../../policy/pattern.js";
import type { AlertRule, EventAlert, UseAlert } from "../../policy/types.js";

export interface Firing {
  /** Which of the policy's alerts: `alerts.0`. */
  readonly rule: string;
  readonly on: string;
  readonly message: string;
  readonly do: readonly string[];
}

export interface Use {
  /** Processors, on average since the last look; undefined at the first. */
  readonly cpu?: number;
  readonly memoryBytes: number;
  /** The limit, or the computer's memory. */
  readonly ofBytes: number;
}

/** A rule without a rate comes true with each event, but isn't told more often than this. */
const QUIET_MS = 10_000;

export class AlertRules {
  readonly #events: readonly EventWatch[];
  readonly #uses: readonly UseWatch[];

  constructor(rules: readonly AlertRule[]) {
    const named = rules.map((rule, index) => ({ rule, name: `alerts.${index}` }));
    this.#events = named.flatMap(({ rule, name }) => ("above" in rule ? [] : [new EventWatch(rule, name)]));
    this.#uses = named.flatMap(({ rule, name }) => ("above" in rule ? [new UseWatch(rule, name)] : []));
  }

  see(event: Event, nowMs: number): readonly Firing[] {
    return this.#events.flatMap((watch) => watch.see(event, nowMs) ?? []);
  }

  look(use: Use, nowMs: number): readonly Firing[] {
    return this.#uses.flatMap((watch) => watch.look(use, nowMs) ?? []);
  }
}

class EventWatch {
  readonly #rule: EventAlert;
  readonly #name: string;
  readonly #matchesPath: (path: string) => boolean;
  /** Times of the last events, one more than are allowed in the span; a ring. */
  readonly #times: Float64Array;
  #next = 0;
  #quietUntilMs = Number.NEGATIVE_INFINITY;
  #more = 0;

  constructor(rule: EventAlert, name: string) {
    this.#rule = rule;
    this.#name = name;
    this.#times = new Float64Array((rule.over?.count ?? 0) + 1).fill(Number.NEGATIVE_INFINITY);
    const { path } = rule;
    const pattern = path === undefined ? undefined : compilePath(path);
    this.#matchesPath = (text) => pattern === undefined || pattern.matches(text);
  }

  see(event: Event, nowMs: number): Firing | undefined {
    if (event.type !== this.#rule.on || !this.#fits(event)) return undefined;
    this.#times[this.#next] = nowMs;
    this.#next = (this.#next + 1) % this.#times.length;
    const { over } = this.#rule;
    // The oldest that is remembered: with it there are more than allowed.
    const oldest = this.#times[this.#next] ?? Number.NEGATIVE_INFINITY;
    if (over !== undefined && nowMs - oldest >= over.perMs) return undefined;
    if (nowMs < this.#quietUntilMs) {
      this.#more += 1;
      return undefined;
    }
    this.#quietUntilMs = nowMs + (over?.perMs ?? QUIET_MS);
    const more = this.#more === 0 ? "" : `, and ${this.#more} more since the last alert`;
    this.#more = 0;
    return firing(this.#rule, this.#name, `${conditionOf(this.#rule)}${subjectOf(event)}${more}`);
  }

  #fits(event: Event): boolean {
    const { host, path } = this.#rule;
    if (host !== undefined && !hostMatches(host, hostIn(event) ?? "")) return false;
    return path === undefined || this.#matchesPath("path" in event && event.path !== undefined ? event.path : "");
  }
}

class UseWatch {
  readonly #rule: UseAlert;
  readonly #name: string;
  #sinceMs: number | undefined;
  #told = false;

  constructor(rule: UseAlert, name: string) {
    this.#rule = rule;
    this.#name = name;
  }

  look(use: Use, nowMs: number): Firing | undefined {
    const { on, above, forMs } = this.#rule;
    const value = on === "cpu" ? use.cpu : use.memoryBytes;
    if (value === undefined) return undefined;
    const limit = "bytes" in above ? above.bytes : above.share * (on === "cpu" ? 1 : use.ofBytes);
    if (value <= limit) {
      this.#sinceMs = undefined;
      this.#told = false;
      return undefined;
    }
    this.#sinceMs ??= nowMs;
    // Once for each time that it went above.
    if (this.#told || nowMs - this.#sinceMs < forMs) return undefined;
    this.#told = true;
    const now = on === "cpu" ? `${Math.round(value * 100)}%` : formatSize(value);
    return firing(this.#rule, this.#name, `${conditionOf(this.#rule)} (now ${now})`);
  }
}

function firing({ on, do: actions }: AlertRule, rule: string, message: string): Firing {
  return { rule, on, message: printable(message, 400), do: actions };
}

function hostIn(event: Event): string | undefined {
  if (event.type === "dns.denied") return event.name.toLowerCase();
  return "host" in event ? event.host : undefined;
}

/** What it was about. Chosen inside: it is bounded here, and escaped with the whole message. */
function subjectOf(event: Event): string {
  const text = subjectText(event);
  return text === undefined ? "" : `: ${text.length > 200 ? `${text.slice(0, 200)}…` : text}`;
}

function subjectText(event: Event): string | undefined {
  switch (event.type) {
    case "network.allowed":
    case "network.denied":
      return `${event.host}:${event.port}`;
    case "exec":
      return event.argv.join(" ");
    case "run.exited":
      return `${event.reason}, status ${event.code}`;
    case "limit.hit":
      return event.limit;
    case "approval.asked":
      return event.question;
    case "secret.used":
      return `${event.name} for ${event.host}`;
    case "dns.denied":
      return event.name;
    case "file.canary":
    case "file.protected":
      return event.path;
    default:
      return undefined;
  }
}
