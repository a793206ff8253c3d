// An event as one line for people: the time, what happened, the words that matter. Pure. Everything that came from inside is escaped and
// bounded, so that a line is always one line.
import { formatArgv } from "../core/argv.js";
import { printable } from "../core/text.js";
import { formatDuration, formatSize } from "../core/units.js";
import type { Event } from "./types.js";

const MAX_WORDS = 300;

/** `12:03:04.567 network.denied   example.com:443: no rule allows it`. The time is this computer's. */
export function eventText(event: Event): string {
  return `${clock(event.time)} ${event.type.padEnd(16)} ${printable(wordsOf(event), MAX_WORDS)}`.trimEnd();
}

function clock(time: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return printable(time, 30);
  const two = (value: number) => String(value).padStart(2, "0");
  const parts = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
  return `${parts}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

function wordsOf(event: Event): string {
  switch (event.type) {
    case "run.started":
      return `${event.name} (${event.backend}) in ${event.workspace}: ${formatArgv(event.command)}`;
    case "run.paused":
    case "run.resumed":
      return `by ${event.by}`;
    case "run.stopping":
      return `by ${event.by}: ${event.reason}`;
    case "run.attached":
      return `by ${event.by}: ${formatArgv(event.command)}`;
    case "run.exited":
      return `status ${event.code} (${event.reason}${event.signal === undefined ? "" : `, ${event.signal}`}) after ${formatDuration(event.durationMs)}`;
    case "network.allowed":
      return `${requestOf(event)} (${event.rule})`;
    case "network.denied":
      return `${requestOf(event)}: ${event.reason}`;
    case "dns.denied":
      return `${event.name}: ${event.reason}`;
    case "file.protected":
      return `${event.operation} ${event.path} ${event.action}${by(event.pid)}`;
    case "limit.hit":
      return `${event.limit} ${amount(event.limit, event.value)} ${event.action}${by(event.pid)}`;
    default:
      return restOf(event);
  }
}

function requestOf(event: {
  readonly host: string;
  readonly port: number;
  readonly method?: string;
  readonly path?: string;
}): string {
  const target = `${event.host}:${event.port}`;
  return event.method === undefined ? target : `${event.method} ${target}${event.path ?? ""}`;
}

function by(pid: number | undefined): string {
  return pid === undefined ? "" : ` (process ${pid})`;
}

function amount(limit: string, value: number): string {
  if (limit === "time") return formatDuration(value);
  return /memory|disk|upload|download|size/i.test(limit) ? formatSize(value) : String(value);
}

/** Types of a later release, and those with nothing but plain members. */
function restOf(event: Event): string {
  const { seq: _seq, time: _time, run: _run, type: _type, ...rest } = event;
  return Object.entries(rest)
    .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(" ");
}
