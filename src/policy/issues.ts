// Turns what the schema objects to into sentences with a place: `limits.memory must be a size such as 512M, not "lots"`. Pure.
import type * as z from "zod";
import { didYouMean, printable } from "../core/text.js";
import type { Document } from "./document.js";
import type { Diagnostic, Place } from "./types.js";

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

const MAX_PROBLEMS = 50;

/** A value as a message shows it: short, on one line, without control characters. */
export function showValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "empty";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  return typeof value === "string" ? `"${printable(value, 60)}"` : printable(String(value), 60);
}

function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const key of path) {
    if (at === null || typeof at !== "object" || !Object.hasOwn(at, key)) return undefined;
    at = Reflect.get(at, key);
  }
  return at;
}

export function dotted(path: Path): string {
  return path.map(String).join(".");
}

/** The place of a path, or of the nearest thing around it. */
export function nearestPlace(places: ReadonlyMap<string, Place>, path: Path, file: string): Place {
  for (let length = path.length; length > 0; length--) {
    const place = places.get(dotted(path.slice(0, length)));
    if (place !== undefined) return place;
  }
  return places.get("") ?? { file, line: 1, column: 1 };
}

/** A union reports one list of issues for each of its options: the one that got further into the value is meant. */
function flatten(issue: Issue, data: unknown): readonly Issue[] {
  if (issue.code !== "invalid_union") return [issue];
  const isTable = (value: unknown) => value !== null && typeof value === "object";
  const found = isTable(valueAt(data, issue.path)) ? issue.errors.at(-1) : issue.errors[0];
  return (found ?? []).flatMap((inner) => flatten({ ...inner, path: [...issue.path, ...inner.path] }, data));
}

/** The keys that the schema knows at a path. */
function knownKeys(schema: unknown, path: Path): readonly string[] {
  const at = schema as { readonly def?: Readonly<Record<string, unknown>> } | undefined;
  const def = at?.def;
  if (def === undefined) return [];
  if (def["type"] === "optional") return knownKeys(def["innerType"], path);
  if (def["type"] === "union" && Array.isArray(def["options"]))
    return def["options"].flatMap((option) => knownKeys(option, path));
  const [head, ...rest] = path;
  if (def["type"] === "object") {
    const shape = def["shape"] as Readonly<Record<string, unknown>>;
    return head === undefined ? Object.keys(shape) : knownKeys(shape[String(head)], rest);
  }
  if (head === undefined) return [];
  if (def["type"] === "array") return knownKeys(def["element"], rest);
  return def["type"] === "record" ? knownKeys(def["valueType"], rest) : [];
}

function unknownKeys(
  issue: Issue & { readonly code: "unrecognized_keys" },
  schema: unknown,
  document: Document,
): Diagnostic[] {
  const known = knownKeys(schema, issue.path);
  const within = issue.path.length === 0 ? "" : ` in ${printable(dotted(issue.path), 100)}`;
  return issue.keys.map((key) => ({
    severity: "error",
    place: nearestPlace(document.keys, [...issue.path, key], document.file),
    code: "unknown-key",
    message: `unknown key "${printable(key, 60)}"${within}.${didYouMean(key, known)}`,
  }));
}

function badValue(issue: Issue, document: Document): Diagnostic {
  const value = valueAt(document.value, issue.path);
  // A name of the user's choosing (secrets, variables) is wrong itself, not its value.
  const ownKey = issue.code === "invalid_key" ? issue.issues[0]?.message : undefined;
  const name = issue.path.length === 0 ? "the policy" : printable(dotted(issue.path), 120);
  const subject = ownKey === undefined ? name : `the name ${name}`;
  const shown = ownKey === undefined && /^must (?:be|stand)/.test(issue.message) ? butIs(issue.message, value) : "";
  const known =
    issue.code === "invalid_value" && typeof value === "string"
      ? didYouMean(
          value,
          issue.values.filter((one) => typeof one === "string"),
        )
      : "";
  const map = ownKey === undefined ? document.places : document.keys;
  return {
    severity: "error",
    place: nearestPlace(map, issue.path, document.file),
    code: "bad-value",
    message: `${subject} ${ownKey ?? issue.message}${shown}${known === "" ? "" : `.${known}`}`,
    ...(value === null && ownKey === undefined
      ? { hint: 'a lone ~ or nothing is empty in YAML; the home folder is "~" in quotes' }
      : {}),
  };
}

function butIs(message: string, value: unknown): string {
  return message.startsWith("must stand") ? "" : `, not ${showValue(value)}`;
}

/** One diagnostic for each problem, in the order of the file, at most MAX_PROBLEMS. */
export function diagnosticsOf(error: z.core.$ZodError, schema: unknown, document: Document): readonly Diagnostic[] {
  const all = error.issues
    .slice(0, MAX_PROBLEMS * 4)
    .flatMap((issue) => flatten(issue, document.value))
    .flatMap((issue) =>
      issue.code === "unrecognized_keys" ? unknownKeys(issue, schema, document) : [badValue(issue, document)],
    );
  const unique = [...new Map(all.map((one) => [`${one.place.line}:${one.place.column}:${one.message}`, one])).values()];
  return unique.sort((a, b) => a.place.line - b.place.line || a.place.column - b.place.column).slice(0, MAX_PROBLEMS);
}
