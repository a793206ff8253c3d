// The words on a run's control socket: JSON, one object a line, one version. Pure. What isn't exactly a request is refused, never guessed;
// lines are bounded on both sides.
import { Buffer } from "node:buffer";

export const VERSION = 1;
/** Of a request. Answers hold events, whose size the event's maker bounds. */
export const MAX_REQUEST_BYTES = 64 * 1024;
export const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
const MAX_TEXT = 1000;
const MAX_WORDS = 1000;
const MAX_GRACE_MS = 24 * 3_600_000;

export type Ask =
  | { readonly do: "info" }
  | { readonly do: "usage" }
  /** The events from number `from` on; with `follow` until the run ends. */
  | { readonly do: "events"; readonly from: number; readonly follow: boolean }
  | { readonly do: "stop"; readonly by: string; readonly reason?: string; readonly graceMs?: number }
  | { readonly do: "leases" }
  | { readonly do: "revoke-secret"; readonly by: string; readonly name: string }
  | { readonly do: "pause"; readonly by: string }
  | { readonly do: "resume"; readonly by: string }
  /** `socket`: the name, in the run's folder, at which somebody waits to be joined to the sandbox. */
  | {
      readonly do: "attach";
      readonly by: string;
      readonly socket: string;
      readonly terminal: boolean;
      readonly command: readonly string[];
    };

/** The name of a socket at which `cordon attach` waits for the run. */
export function isMeetingPlace(name: string): boolean {
  return /^attach-[0-9a-f]{8}$/.test(name);
}

export type Request = Ask & { readonly id: number };

export type Answer =
  | { readonly v: 1; readonly id: number; readonly ok: unknown }
  | { readonly v: 1; readonly id: number; readonly event: unknown }
  | { readonly v: 1; readonly id: number; readonly error: { readonly code: string; readonly message: string } };

export type Parsed =
  | { readonly ok: true; readonly request: Request }
  | { readonly ok: false; readonly id: number; readonly problem: string };

/** Bytes into lines. `undefined` from `push`: a line is too long, and nothing after it can be understood. */
export class Lines {
  readonly #max: number;
  #rest: Buffer = Buffer.alloc(0);

  constructor(max: number) {
    this.#max = max;
  }

  push(chunk: Uint8Array): readonly string[] | undefined {
    const lines: string[] = [];
    let bytes = this.#rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#rest, chunk]);
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10)) {
      if (end > this.#max) return undefined;
      lines.push(bytes.toString("utf8", 0, end));
      bytes = bytes.subarray(end + 1);
    }
    if (bytes.length > this.#max) return undefined;
    this.#rest = bytes;
    return lines;
  }
}

type Fields = Readonly<Record<string, unknown>>;

const boolean = (value: unknown): value is boolean => typeof value === "boolean";
const words = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length <= MAX_WORDS && value.every((each) => typeof each === "string");

function isText(value: unknown): value is string {
  return typeof value === "string" && value.length <= MAX_TEXT;
}

function isCount(value: unknown, most = Number.MAX_SAFE_INTEGER): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= most;
}

interface Form {
  /** Every member that there may be, and whether its value is one. */
  readonly members: Readonly<Record<string, (value: unknown) => boolean>>;
  readonly optional?: readonly string[];
}

const FORMS: Readonly<Record<Ask["do"], Form>> = {
  info: { members: {} },
  usage: { members: {} },
  leases: { members: {} },
  "revoke-secret": { members: { by: isText, name: isText } },
  events: { members: { from: (value) => isCount(value) && value >= 1, follow: boolean } },
  stop: {
    members: { by: isText, reason: isText, graceMs: (value) => isCount(value, MAX_GRACE_MS) },
    optional: ["reason", "graceMs"],
  },
  pause: { members: { by: isText } },
  resume: { members: { by: isText } },
  attach: {
    members: {
      by: isText,
      socket: (value) => typeof value === "string" && isMeetingPlace(value),
      terminal: boolean,
      command: words,
    },
  },
};

export function parseRequest(line: string): Parsed {
  const value = parseJson(line);
  if (value === undefined) return refused(0, "a request is one JSON object on a line");
  const { v, id, do: verb, ...rest } = value;
  const number = isCount(id) ? id : 0;
  if (v !== VERSION) return refused(number, `this run speaks version ${VERSION}`);
  if (!isCount(id)) return refused(0, "a request has a number as its id");
  if (typeof verb !== "string" || !Object.hasOwn(FORMS, verb)) return refused(number, "there is no such request");
  const problem = problemOf(FORMS[verb as Ask["do"]], rest);
  // Checked border: exactly the members of the form, each looked at.
  return problem === undefined ? { ok: true, request: { ...rest, id, do: verb } as Request } : refused(number, problem);
}

function problemOf({ members, optional = [] }: Form, given: Fields): string | undefined {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(members, name));
  if (unknown !== undefined) return "the request has a member that isn't known";
  const wrong = Object.entries(members).find(
    ([name, is]) => !(Object.hasOwn(given, name) ? is(given[name]) : optional.includes(name)),
  );
  return wrong === undefined ? undefined : `${wrong[0]} is missing or isn't as it should be`;
}

function refused(id: number, problem: string): Parsed {
  return { ok: false, id, problem };
}

/** undefined: not an answer. */
export function parseAnswer(line: string): Answer | undefined {
  const value = parseJson(line);
  if (value === undefined || value["v"] !== VERSION || !isCount(value["id"])) return undefined;
  const { error } = value;
  const isError =
    typeof error === "object" && error !== null && "code" in error && "message" in error && isText(error.message);
  if (!("ok" in value || "event" in value || isError)) return undefined;
  // Checked border: one of the three forms.
  return value as unknown as Answer;
}

function parseJson(line: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
  } catch {
    return undefined;
  }
}

export function encode(message: Answer | (Request & { readonly v: 1 })): string {
  return `${JSON.stringify(message)}\n`;
}
