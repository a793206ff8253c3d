// A layer is what one file, one profile or one option adds to a policy: validated data with places, its paths made absolute.
// Pure; the reading of files is load.ts.
import { posix } from "node:path";
import { printable } from "../core/text.js";
import type { Read } from "./atoms.js";
import type { Data } from "./document.js";
import { nearestPlace, showValue } from "./issues.js";
import { absolutePath, absolutePattern, type PathBase } from "./paths.js";
import type { Diagnostic, Place, PolicySource } from "./types.js";

export interface Layer {
  readonly source: PolicySource;
  readonly value: Data;
  readonly places: ReadonlyMap<string, Place>;
  /** The folder that its relative paths start from. */
  readonly folder: string;
}

type Convert = (text: string, base: PathBase) => Read<string>;

/** `unix:PATH` and `file:PATH` keep their beginning; anything else isn't a path. */
function prefixed(prefix: string): Convert {
  return (text, base) => {
    if (!text.startsWith(prefix)) return { ok: true, value: text };
    const path = absolutePath(text.slice(prefix.length), base);
    return path.ok ? { ok: true, value: prefix + path.value } : path;
  };
}

function unless(words: readonly string[]): Convert {
  return (text, base) => (words.includes(text) ? { ok: true, value: text } : absolutePath(text, base));
}

/** Every setting that is or holds a path; `*` stands for any key or index. */
const PATH_SETTINGS: readonly { readonly path: readonly string[]; readonly convert: Convert }[] = [
  { path: ["workspace", "path"], convert: absolutePath },
  { path: ["workspace", "mount"], convert: absolutePath },
  { path: ["filesystem", "read", "*"], convert: absolutePattern },
  { path: ["filesystem", "write", "*"], convert: absolutePattern },
  { path: ["filesystem", "deny", "*"], convert: absolutePattern },
  { path: ["network", "allow", "*", "connect"], convert: prefixed("unix:") },
  { path: ["network", "upstreamCa", "*"], convert: absolutePath },
  { path: ["network", "dns", "blocklists", "*"], convert: absolutePath },
  { path: ["network", "sockets", "*"], convert: absolutePath },
  { path: ["secrets", "*", "from"], convert: prefixed("file:") },
  { path: ["secrets", "*", "oauth", "file"], convert: absolutePath },
  { path: ["secrets", "*", "ssh", "knownHosts", "*"], convert: absolutePath },
  { path: ["process", "seccomp"], convert: unless(["default", "strict"]) },
  { path: ["image", "verify", "key"], convert: absolutePath },
  { path: ["audit", "dir"], convert: absolutePath },
  { path: ["audit", "ship", "*", "headersFrom"], convert: prefixed("file:") },
  { path: ["audit", "ship", "*", "secret"], convert: prefixed("file:") },
  { path: ["audit", "ship", "*", "ca"], convert: absolutePath },
  { path: ["alerts", "*", "path"], convert: absolutePattern },
];

/** The layer with each path absolute, and a problem for each that can't be. */
export function absoluteLayer(
  layer: Layer,
  home: string,
): { readonly layer: Layer; readonly diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const base = { folder: layer.folder, home };
  let value = layer.value;
  for (const { path, convert } of PATH_SETTINGS) {
    value = rewrite(value, path, [], (text, at) => {
      const read = convert(text, base);
      if (read.ok) return read.value;
      diagnostics.push({
        severity: "error",
        place: nearestPlace(layer.places, at, layer.source.file),
        code: "bad-path",
        message: `${at.map((key) => printable(key, 60)).join(".")} must be ${read.problem}, not ${showValue(text)}`,
      });
      return text;
    });
  }
  return { layer: { ...layer, value }, diagnostics };
}

type Change = (text: string, at: readonly string[]) => string;

function rewrite(value: Data | undefined, path: readonly string[], at: readonly string[], change: Change): Data {
  const [head, ...rest] = path;
  if (value === undefined || value === null) return null;
  if (head === undefined) return typeof value === "string" ? change(value, at) : value;
  if (typeof value !== "object") return value;
  if (isList(value))
    return head === "*" ? value.map((item, index) => rewrite(item, rest, [...at, String(index)], change)) : value;
  const entries = Object.entries(value);
  return Object.fromEntries(
    entries.map(([key, inner]) => [
      key,
      head === "*" || key === head ? rewrite(inner, rest, [...at, key], change) : inner,
    ]),
  );
}

export function isList(value: Data): value is readonly Data[] {
  return Array.isArray(value);
}

/** What a command-line option sets; `append`: the value is one more entry of a list. */
export interface Override {
  /** `--allow`; also the place that problems and `why` name. */
  readonly option: string;
  readonly path: readonly string[];
  /** As it would be written in the file. */
  readonly value: unknown;
  readonly append?: boolean;
}

/** An option as a layer. */
export function overrideLayer(override: Override, cwd: string): Layer {
  const place: Place = { file: override.option, line: 1, column: 1 };
  const leaf = override.append === true ? [plainData(override.value)] : plainData(override.value);
  const value = override.path.reduceRight<Data>((inner, key) => ({ [key]: inner }), leaf);
  const places = new Map<string, Place>([["", place]]);
  markPlaces(value, [], place, places);
  return { source: { file: override.option, digest: "" }, value, places, folder: posix.resolve(cwd) };
}

function markPlaces(value: Data, path: readonly string[], place: Place, places: Map<string, Place>): void {
  if (path.length > 0) places.set(path.join("."), place);
  if (value === null || typeof value !== "object") return;
  for (const [key, inner] of Object.entries(value)) markPlaces(inner, [...path, key], place, places);
}

/** A caller's value as plain data: a copy that shares nothing with it. */
function plainData(value: unknown): Data {
  const text = JSON.stringify(value);
  return text === undefined ? null : (JSON.parse(text) as Data);
}
