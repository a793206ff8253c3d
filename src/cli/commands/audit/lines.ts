// Entries of a record as lines that a person reads. Everything in them may come from inside a sandbox, or from who changed the file.
import type { Entry } from "../../../audit/entries.js";
import { formatArgv } from "../../../core/argv.js";
import { printable } from "../../../core/text.js";

type Value = Readonly<Record<string, unknown>>;

const RED = 31;
const GREEN = 32;
const YELLOW = 33;
const DIM = 2;

const COLOURS: Readonly<Record<string, number>> = {
  "network.allowed": GREEN,
  "network.denied": RED,
  "dns.denied": RED,
  "file.canary": RED,
  "file.protected": YELLOW,
  "limit.hit": YELLOW,
  alert: RED,
  gap: RED,
  checkpoint: DIM,
};
const TYPE_WIDTH = 17;
const MAX_TEXT = 300;

/** What the line itself already shows. */
const SHOWN = ["seq", "time", "run", "type", "prev"];

export type Paint = (code: number, text: string) => string;

export function painter(colour: boolean): Paint {
  return (code, text) => (colour ? `\x1b[${code}m${text}\x1b[0m` : text);
}

/** `2026-01-31 12:00:00.123  network.denied     example.com:443  no rule names it`, in the time of this place. */
export function entryLine({ value, text, line }: Entry, paint: Paint): string {
  if (value === undefined) return paint(RED, `line ${line} can't be read: ${printable(text, 120)}`);
  const type = word(value["type"]);
  const name = paint(COLOURS[type] ?? 0, type.padEnd(TYPE_WIDTH));
  return `${paint(DIM, localTime(value["time"]))}  ${name}  ${detailsOf(type, value)}`.trimEnd();
}

/** Above the entries of each run. */
export function runHeading(run: string, paint: Paint): string {
  return paint(1, printable(run));
}

function localTime(time: unknown): string {
  const date = new Date(typeof time === "string" ? time : Number.NaN);
  if (Number.isNaN(date.getTime())) return printable(String(time), 30).padEnd(23);
  const two = (number: number, width = 2) => String(number).padStart(width, "0");
  const day = `${two(date.getFullYear(), 4)}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${clock}.${two(date.getMilliseconds(), 3)}`;
}

function detailsOf(type: string, value: Value): string {
  switch (type) {
    case "run.started":
      return `${argv(value["command"])}  in ${word(value["workspace"])}  by ${word(value["backend"])}`;
    case "exec":
      return `${argv(value["argv"])}${tagged(value, ["pid"])}`;
    case "network.allowed":
    case "network.denied":
      return `${request(value)}  ${word(value["reason"] ?? value["rule"])}`;
    case "run.exited":
      return `status ${word(value["code"])}, ${word(value["signal"] ?? value["reason"])}`;
    case "checkpoint":
      return `${word(value["reason"])}: signed up to event ${word(value["seq"])}`;
    default:
      return rest(value);
  }
}

function request(value: Value): string {
  const what = [value["method"], value["path"]].flatMap((part) => (part === undefined ? [] : [word(part)])).join(" ");
  return `${word(value["host"])}:${word(value["port"])}${what === "" ? "" : ` ${what}`}`;
}

/** Events that a later release knows better are told in full all the same. */
function rest(value: Value): string {
  const names = Object.keys(value).filter((name) => !SHOWN.includes(name));
  const [first = "", ...others] = names;
  return `${word(value[first])}${tagged(value, others)}`;
}

function tagged(value: Value, names: readonly string[]): string {
  return names
    .flatMap((name) => (value[name] === undefined ? [] : [`  ${printable(name, 40)} ${word(value[name])}`]))
    .join("");
}

function argv(value: unknown): string {
  return Array.isArray(value) ? printable(formatArgv(value.map(String)), MAX_TEXT) : word(value);
}

function word(value: unknown): string {
  if (value === undefined) return "?";
  return printable(typeof value === "string" ? value : JSON.stringify(value), MAX_TEXT);
}
