// Which paths of a watched tree are denied by name, in cordon-init's sense (native/names.c): by bytes and without regard to ASCII
// case. Pure. Where the two could differ it must hide more, never less: a name is judged by its place on the host as well.
import { joinPath, restOf } from "../plan/paths.js";
import type { GuardedName, Plan } from "../plan/types.js";
import { componentMatches, componentsMatch, componentsOf, hasWildcard } from "../policy/pattern.js";

/** Text whose characters are bytes ("binary"), so that a name that isn't UTF-8 is judged, too. */
export type ByteText = string;

export function bytesOf(text: string): ByteText {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** The text that these bytes are in UTF-8; undefined when they aren't. */
export function textOf(bytes: ByteText): string | undefined {
  // Nearly every name: no byte above 0x7f.
  if (/^[\0-\x7f]*$/.test(bytes)) return bytes;
  const text = Buffer.from(bytes, "latin1").toString("utf8");
  return bytesOf(text) === bytes ? text : undefined;
}

interface Rule {
  readonly anchor: ByteText | undefined;
  readonly components: readonly ByteText[];
}

export interface DeniedNames {
  /** `rest`: path below the tree, `name`: its last component. */
  readonly denies: (rest: ByteText, name: ByteText) => boolean;
}

/** A tree of the host (`source`) that is seen inside at `target`. */
export interface WatchedTree {
  readonly source: string;
  readonly target: string;
}

export function deniedNames(plan: Plan, tree: WatchedTree): DeniedNames {
  const rules = plan.guard.names.filter(({ kind }) => kind === "deny").map(ruleOf);
  const lasts = rules.map(({ components }) => components.at(-1));
  // Asked for every file of a tree: most are settled by the last component, most rules have a plain one.
  const plain = new Set(lasts.filter((last) => last !== undefined && !hasWildcard(last)));
  const wild = [...new Set(lasts.flatMap((last) => (last !== undefined && hasWildcard(last) ? [last] : [])))].map(
    quick,
  );
  const always = lasts.includes(undefined);
  const places = [...new Set([tree.target, tree.source])].map(bytesOf);
  const maybe = (name: ByteText) => always || plain.has(name) || wild.some((fits) => fits(name));
  return {
    denies: (rest, name) =>
      maybe(folded(name)) && places.some((place) => rules.some((rule) => fits(rule, joinPath(place, rest)))),
  };
}

/** Most names differ already at the ends, which is quickly seen. */
function quick(pattern: ByteText): (name: ByteText) => boolean {
  const [start = ""] = pattern.split(/[*?]/, 1);
  const end = pattern.slice(Math.max(pattern.lastIndexOf("*"), pattern.lastIndexOf("?")) + 1);
  return (name) => name.startsWith(start) && name.endsWith(end) && componentMatches(pattern, name);
}

/** `a/**` names `a` as well, so what stars are at the end says nothing. */
function ruleOf({ components, anchor }: GuardedName): Rule {
  const end = components.findLastIndex((component) => component !== "**") + 1;
  return {
    anchor: anchor === undefined ? undefined : bytesOf(anchor),
    components: components.slice(0, end).map((component) => folded(bytesOf(component))),
  };
}

function fits({ anchor, components }: Rule, path: ByteText): boolean {
  if (anchor === undefined) return componentsMatch(["**", ...components], componentsOf(folded(path)));
  const rest = restOf(path, anchor);
  return rest !== undefined && componentsMatch(components, componentsOf(folded(rest)));
}

function folded(text: ByteText): ByteText {
  // Most names have no capitals; String.toLowerCase() would change bytes that aren't ASCII.
  return /[A-Z]/.test(text) ? text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : text;
}
