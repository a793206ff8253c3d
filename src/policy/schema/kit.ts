// The pieces the schema is made of. Each leaf ends the sentence "KEY must be …" itself, so that every message reads the same,
// and carries the words that docs/policy.md and the JSON Schema show. Pure.
import * as z from "zod";
import type { Reader } from "../atoms.js";

/** What the documentation says of a key. */
export interface About {
  readonly description: string;
  /** A value as it would be written. */
  readonly example?: unknown;
}

type JsonType = "string" | "integer" | "boolean";

function meta(about: About, extra: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    description: about.description,
    ...(about.example === undefined ? {} : { examples: [about.example] }),
    ...extra,
  };
}

/** A text that one of the readers of atoms.ts or hosts.ts understands; `numbers`: it may also be written as a bare number. */
function readable<T extends string | number>(reader: Reader<unknown>, about: About, types: readonly JsonType[]) {
  return z
    .custom<T>()
    .superRefine((value: unknown, context) => {
      const kind = typeof value === "number" && Number.isInteger(value) ? "integer" : typeof value;
      const readAs = types.some((type) => type === kind) ? String(value) : undefined;
      // An impossible text stands for a value of the wrong type: the reader then says what it wants instead.
      const read = reader(readAs ?? "\0");
      if (!read.ok) context.addIssue({ code: "custom", message: `must be ${read.problem}` });
      else if (readAs === undefined) context.addIssue({ code: "custom", message: "must be a text" });
    })
    .meta(meta(about, { type: types.length === 1 ? types[0] : types }))
    .optional();
}

export function written(reader: Reader<unknown>, about: About) {
  return readable<string>(reader, about, ["string"]);
}

export function writtenOrNumber(reader: Reader<unknown>, about: About) {
  return readable<string | number>(reader, about, ["string", "integer"]);
}

export function toggle(about: About) {
  return z.boolean({ error: "must be true or false" }).meta(meta(about)).optional();
}

export function choice<const T extends readonly [string, ...string[]]>(values: T, about: About) {
  const last = values.at(-1);
  const words = values.length === 1 ? last : `${values.slice(0, -1).join(", ")} or ${last}`;
  return z
    .enum(values, { error: `must be ${words}` })
    .meta(meta(about))
    .optional();
}

export function count(about: About, limits: { readonly min: number; readonly max: number }) {
  const error = `must be a whole number from ${limits.min} to ${limits.max}`;
  return z.int({ error }).min(limits.min, { error }).max(limits.max, { error }).meta(meta(about)).optional();
}

export function list<T extends z.ZodType>(item: T, about: About) {
  return z
    .array(item, { error: "must be a list" })
    .max(10_000, { error: "must be a list of at most 10000 entries" })
    .meta(meta(about))
    .optional();
}

/** A list of texts. */
export function texts(reader: Reader<unknown>, about: About) {
  return list(item(reader), about);
}

export function item(reader: Reader<unknown>) {
  return readable<string>(reader, { description: "" }, ["string"]).unwrap().meta({ description: undefined });
}

/** A mapping with known keys only. */
export function section<T extends z.ZodRawShape>(shape: T, about: About) {
  const names = Object.keys(shape);
  const shown = names.length > 6 ? `${names.slice(0, 6).join(", ")}, …` : names.join(", ");
  return z
    .strictObject(shape, {
      error: (issue) => (issue.code === "invalid_type" ? `must be a mapping (${shown})` : undefined),
    })
    .meta(meta(about))
    .optional();
}

/** A mapping whose keys the user chooses. */
export function named<T extends z.ZodType>(keys: Reader<unknown>, value: T, about: About) {
  const key = z.string().superRefine((text, context) => {
    const read = keys(text);
    if (!read.ok) context.addIssue({ code: "custom", message: `must be ${read.problem}` });
  });
  return z.record(key, value, { error: "must be a mapping" }).meta(meta(about)).optional();
}
