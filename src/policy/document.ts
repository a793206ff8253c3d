// YAML bytes to plain data with the line and column of every value. Only the plain part of YAML 1.2 is taken: no aliases, tags,
// merge keys, duplicate keys or second documents. Hostile input ends in one clear problem before it can cost time or stack.
import {
  Composer,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Pair,
  type ParsedNode,
  Parser,
  type Document as Tree,
} from "yaml";
import { printable } from "../core/text.js";
import type { Diagnostic, Place } from "./types.js";

export type Data = null | string | number | boolean | readonly Data[] | { readonly [key: string]: Data };

/** A file's data and where each part of it stands, by dotted path. */
export interface Document {
  readonly file: string;
  readonly value: Data;
  /** Of a value: its own start; of a list or mapping under a key: the key's. The whole document: `""`. */
  readonly places: ReadonlyMap<string, Place>;
  readonly keys: ReadonlyMap<string, Place>;
}

export type DocumentResult =
  | { readonly ok: true; readonly document: Document }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

export const MAX_BYTES = 1024 * 1024;
const MAX_DEPTH = 32;
const MAX_VALUES = 10_000;
const TOO_MANY = `a policy has at most ${MAX_VALUES} values, this file has more`;

/** A problem that ends the reading. Never leaves this file. */
class Refusal extends Error {
  readonly offset: number;
  readonly hint: string | undefined;

  constructor(offset: number, message: string, hint?: string) {
    super(message);
    this.offset = offset;
    this.hint = hint;
  }
}

export function readDocument(bytes: Uint8Array, file: string): DocumentResult {
  const lines = new LineCounter();
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  try {
    const text = decode(bytes, lines);
    refuseCharacters(text);
    const tree = compose(text);
    return { ok: true, document: new Reading(file, at).read(tree) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    return {
      ok: false,
      diagnostics: [{ severity: "error", place: at(error.offset), code: "yaml", message: error.message, ...hint }],
    };
  }
}

/** UTF-8 to text, its line starts counted. A byte order mark is dropped. */
function decode(bytes: Uint8Array, lines: LineCounter): string {
  lines.addNewLine(0);
  if (bytes.length > MAX_BYTES)
    throw new Refusal(0, `a policy has at most ${MAX_BYTES / 1024} KiB, this file has more`);
  const text = new TextDecoder("utf-8", { ignoreBOM: false }).decode(bytes);
  for (let next = text.indexOf("\n"); next !== -1; next = text.indexOf("\n", next + 1)) lines.addNewLine(next + 1);
  const wrong = isUtf8(bytes) ? -1 : text.indexOf("\ufffd");
  if (wrong !== -1) throw new Refusal(wrong, "the file isn't valid UTF-8 here", "save it as UTF-8");
  return text;
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** What can't be seen, or makes a line read as something else, has no place in a policy that people approve by reading it. */
function refuseCharacters(text: string): void {
  const found =
    /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028\u2029\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/.exec(
      text,
    );
  if (found === null) return;
  throw new Refusal(
    found.index,
    `the character ${printable(found[0])} (U+${found[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}) isn't allowed in a policy`,
  );
}

/**
 * SECURITY: the parser below works on a stack of its own, but composing its result recurses. So its stack is watched after
 * each lexeme and nesting ends here, long before it could cost anything.
 */
function compose(text: string): Tree.Parsed {
  const parser = new Parser();
  const composer = new Composer({
    version: "1.2",
    schema: "core",
    merge: false,
    uniqueKeys: false,
    strict: true,
    prettyErrors: false,
    logLevel: "silent",
  });
  const trees: Tree.Parsed[] = [];
  const tokens = [];
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    if (parser.stack.length > MAX_DEPTH + 1)
      throw new Refusal(parser.offset, `the file is nested more than ${MAX_DEPTH} levels deep`);
    if (++lexemes > MAX_VALUES * 8) throw new Refusal(parser.offset, TOO_MANY);
  }
  for (const token of parser.end()) tokens.push(token);
  for (const tree of composer.compose(tokens, true, text.length)) {
    trees.push(tree as Tree.Parsed);
    const error = tree.errors[0];
    if (error !== undefined) throw new Refusal(error.pos[0], firstLine(error.message), YAML_HINTS[error.code]);
    if (trees.length > 1)
      throw new Refusal(tree.range[0], "a policy is one YAML document, and a second one begins here");
  }
  const [tree] = trees;
  if (tree === undefined || tree.contents === null)
    throw new Refusal(0, "the file is empty; a policy begins with version: 1");
  const warning = tree.warnings[0];
  if (warning !== undefined) throw new Refusal(warning.pos[0], firstLine(warning.message));
  return tree;
}

const YAML_HINTS: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: "indent with spaces",
  BAD_INDENT: "check the indentation",
  BAD_ALIAS: 'a text that begins with * or & needs quotes: "*.example.com"',
  MISSING_CHAR: "check quotes, brackets and the colon with a space behind it",
};

function firstLine(message: string): string {
  const line = printable(message.split("\n")[0] ?? "", 200).replace(/ at line \d+, column \d+:?$/, "");
  return line.charAt(0).toLowerCase() + line.slice(1);
}

/** One walk over the tree. */
class Reading {
  readonly #places = new Map<string, Place>();
  readonly #keys = new Map<string, Place>();
  readonly #file: string;
  readonly #at: (offset: number) => Place;
  #values = 0;

  constructor(file: string, at: (offset: number) => Place) {
    this.#file = file;
    this.#at = at;
  }

  read(tree: Tree.Parsed): Document {
    const value = this.#value(tree.contents, []);
    this.#places.set("", { file: this.#file, line: 1, column: 1 });
    return { file: this.#file, value, places: this.#places, keys: this.#keys };
  }

  #value(node: ParsedNode | null, path: readonly string[], key?: number): Data {
    const offset = node?.range[0] ?? key ?? 0;
    if (++this.#values > MAX_VALUES) throw new Refusal(offset, TOO_MANY);
    const plain = node === null || isScalar(node) || key === undefined;
    this.#places.set(path.join("."), this.#at(plain ? offset : key));
    if (node === null) return null;
    if (isAlias(node))
      throw new Refusal(
        offset,
        "aliases (*name) aren't allowed in a policy",
        'quote a text that begins with *: "*.example.com"',
      );
    if (node.anchor !== undefined) throw new Refusal(offset, "anchors (&name) aren't allowed in a policy");
    if (node.tag !== undefined)
      throw new Refusal(offset, `tags (${printable(node.tag, 60)}) aren't allowed in a policy`);
    if (isMap(node)) return this.#mapping(node.items, path);
    if (isSeq(node)) return node.items.map((item, index) => this.#value(item as ParsedNode, [...path, String(index)]));
    return this.#scalar(node.value, offset);
  }

  #scalar(value: unknown, offset: number): Data {
    if (value === null || typeof value === "string" || typeof value === "boolean") return value;
    if (typeof value === "number" && Number.isFinite(value)) return value;
    throw new Refusal(offset, "this kind of value isn't allowed in a policy");
  }

  #mapping(pairs: readonly Pair<ParsedNode, ParsedNode | null>[], path: readonly string[]): Data {
    const result = new Map<string, Data>();
    for (const pair of pairs) {
      const key = pair.key;
      const offset = key.range[0];
      if (!isScalar(key) || typeof key.value !== "string" || key.tag !== undefined || key.anchor !== undefined) {
        throw new Refusal(offset, "a key must be a plain text", isScalar(key) ? "put it in quotes" : undefined);
      }
      const name = key.value;
      if (name === "<<") throw new Refusal(offset, "merge keys (<<) aren't allowed in a policy", "use extends");
      if (name === "__proto__") throw new Refusal(offset, "the key __proto__ isn't allowed in a policy");
      if (result.has(name)) throw new Refusal(offset, `the key "${printable(name, 60)}" is written twice`);
      this.#keys.set([...path, name].join("."), this.#at(offset));
      result.set(name, this.#value(pair.value, [...path, name], offset));
    }
    return Object.fromEntries(result);
  }
}
