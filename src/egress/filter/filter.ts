// The content filter: says of what leaves towards an inspected host whether a secret is in it. A tripwire, not a wall (see
// docs/egress-filter.md). What it tells names the kind of a finding and never holds a byte of it.
import type { AnchorTable } from "./anchors.js";
import { Body, type Encodings } from "./body.js";
import { type ExactSecrets, makeCatalog } from "./catalog.js";
import { headFinding } from "./head.js";
import type { Target } from "./judge.js";
import { Patterns } from "./patterns.js";

export interface Finding {
  /** "a GitHub token", "a canary", "pattern 2 of network.filter.patterns". */
  readonly what: string;
  readonly where: "url" | "header" | "body";
  /** The factory's own; see FilterOptions. */
  readonly alert?: string;
}

export interface RequestHead {
  readonly method: string;
  /** As it stood in the request, query included. */
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

export interface Passage {
  /** What may leave now: in block mode what can't be part of a secret any more, in the others all that came. */
  readonly pass: Buffer;
  /** In block mode from here on nothing passes. */
  readonly found?: Finding;
}

/** One request's way out. `head` is asked before anything leaves, `push` for each piece of the body, `end` at its end (or at trailers). */
export interface OutboundFilter {
  head(): Finding | undefined;
  push(chunk: Buffer): Passage;
  end(): Passage;
}

/** `glance`: nothing waits, and what can't be read is no finding. */
export type FilterMode = "block" | "alert" | "glance";

export interface FilterFactory {
  /** `exempt`: names of exact texts that may be in this request. */
  open(head: RequestHead, mode: FilterMode, exempt?: ReadonlySet<string>): OutboundFilter;
}

export interface FilterOptions extends ExactSecrets {
  /** Validated by the policy's `readExpression`. */
  readonly patterns: readonly string[];
  /** What each finding is to be told as besides. */
  readonly alert?: string;
}

const MAX_ENCODINGS = 3;

/** What all requests of a run share. The search table is made at the first request. */
export function makeFilterFactory(options: FilterOptions): FilterFactory {
  const patterns = options.patterns.length === 0 ? undefined : new Patterns(options.patterns);
  const made: { table?: AnchorTable<Target> } = {};
  return {
    open(head, mode, exempt) {
      made.table ??= makeCatalog(options);
      const { alert } = options;
      const marks = { ...(exempt === undefined ? {} : { exempt }), ...(alert === undefined ? {} : { alert }) };
      return openFilter({ table: made.table, patterns, ...marks }, head, mode);
    },
  };
}

interface Shared {
  readonly table: AnchorTable<Target>;
  readonly patterns: Patterns | undefined;
  readonly exempt?: ReadonlySet<string>;
  readonly alert?: string;
}

function openFilter(shared: Shared, head: RequestHead, mode: FilterMode): OutboundFilter {
  const body = new Body({ ...shared, unpack: true }, encodingsOf(head), mode);
  return {
    head: () => marked(headFinding(shared, head), shared),
    push: (chunk) => passageOf(body.push(chunk), shared),
    end: () => passageOf(body.end(), shared),
  };
}

function passageOf({ pass, found }: { readonly pass: Buffer; readonly found?: string }, shared: Shared): Passage {
  const finding = found === undefined ? undefined : marked({ what: found, where: "body" }, shared);
  return finding === undefined ? { pass } : { pass, found: finding };
}

function marked(finding: Finding | undefined, { alert }: Shared): Finding | undefined {
  return finding === undefined || alert === undefined ? finding : { ...finding, alert };
}

function encodingsOf({ headers }: RequestHead): Encodings {
  const named = headers
    .filter(([name]) => name.toLowerCase() === "content-encoding")
    .flatMap(([, value]) => value.split(","))
    .map((each) => each.trim().toLowerCase().replace(/^x-/, ""))
    .filter((each) => each !== "" && each !== "identity");
  const known = named.flatMap((each): readonly ("gzip" | "deflate" | "br")[] =>
    each === "gzip" || each === "deflate" || each === "br" ? [each] : [],
  );
  return known.length < named.length || known.length > MAX_ENCODINGS ? "unreadable" : known;
}
