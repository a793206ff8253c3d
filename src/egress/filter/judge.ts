// Is what begins at this place a secret: no, yes, or to be seen once more of it is there. Pure.
import type { Anchor } from "./anchors.js";
import { decodeAt, encodedLength } from "./encodings.js";
import type { Format } from "./formats.js";
import type { Shape } from "./shape.js";

/** What an anchor stands for. */
export type Target =
  | { readonly kind: "format"; readonly format: Format; readonly prefix: string; readonly shape: Shape }
  | { readonly kind: "exact"; readonly what: string; readonly exempt?: string }
  | { readonly kind: "packed"; readonly packing: "gzip" | "zip" | "git" };

export type Judgement = "no" | "more" | "yes";

export interface View {
  readonly window: Buffer;
  readonly end: number;
  /** Nothing comes after `end`. */
  readonly final: boolean;
}

const BEFORE_CHARACTERS = 128;

/** `start` is where the anchor's literal begins; its four searched bytes are known to be there. */
export function judge(view: View, start: number, anchor: Anchor<Target>): Judgement {
  const { literal, target } = anchor;
  const there = Math.min(literal.length, view.end - start);
  if (start < 0 || view.window.compare(literal, 0, there, start, start + there) !== 0) return "no";
  if (there < literal.length) return view.final ? "no" : "more";
  return target.kind === "format" ? judgeFormat(view, start, anchor, target) : "yes";
}

function judgeFormat(
  { window, end, final }: View,
  start: number,
  { steps }: Anchor<Target>,
  { format, prefix, shape }: Target & { kind: "format" },
): Judgement {
  const limit = start + encodedLength(shape.maxBytes, steps);
  const read = decodeAt({ bytes: window, end: Math.min(end, limit) }, start, steps);
  if (read === undefined || (steps.length === 0 && !isBefore(format, window, start))) return "no";
  const text = read.bytes.toString("latin1", read.at, read.at + shape.maxBytes);
  const over = final || read.over || limit <= end || text.length >= shape.maxBytes;
  const match = shape.whole.exec(text);
  if (match === null) return !over && shape.beginning.test(text) ? "more" : "no";
  // The last run of characters may go on.
  if (!over && match[0].length === text.length) return "more";
  return format.check === undefined || format.check(match[0], match[0].slice(prefix.length)) ? "yes" : "no";
}

function isBefore(format: Format, window: Buffer, start: number): boolean {
  const before = window.toString("latin1", Math.max(0, start - BEFORE_CHARACTERS), start);
  return (format.before ?? /(?:^|[^A-Za-z0-9_])$/).test(before);
}
