// Path globs: `*` and `?` within one component, `**` for any number of components; no braces, no classes, no escapes, so that
// `[id]` and `{a}` are plain names. Matching is by components, without regular expressions: its time is bounded by the
// product of the lengths of pattern and path. Pure.

export function hasWildcard(text: string): boolean {
  return text.includes("*") || text.includes("?");
}

/** Whether a pattern holds at any depth below every tree, instead of at one absolute place. */
export function isFloating(pattern: string): boolean {
  return pattern.startsWith("**/");
}

/**
 * Matches a list against a pattern in which `isStar` items stand for any run of items. Greedy with one remembered star:
 * a later star makes an earlier one final, so no exponential search is possible.
 */
function matchSequence<P, T>(
  pattern: readonly P[],
  items: readonly T[],
  rules: { readonly isStar: (p: P) => boolean; readonly fits: (p: P, item: T) => boolean },
): boolean {
  let [at, from] = [0, 0];
  let star = -1;
  let resume = 0;
  while (from < items.length) {
    const part = pattern[at];
    const item = items[from];
    if (part !== undefined && rules.isStar(part)) {
      star = at++;
      resume = from;
    } else if (part !== undefined && item !== undefined && rules.fits(part, item)) {
      at++;
      from++;
    } else if (star >= 0) {
      at = star + 1;
      from = ++resume;
    } else {
      return false;
    }
  }
  return pattern.slice(at).every(rules.isStar);
}

const CHARACTER_RULES = {
  isStar: (part: string) => part === "*",
  fits: (part: string, character: string) => part === "?" || part === character,
};

/** One component against one pattern component (`*.pem`, `id_?sa`). A leading dot is an ordinary character. */
export function componentMatches(pattern: string, name: string): boolean {
  if (!hasWildcard(pattern)) return pattern === name;
  return matchSequence([...pattern], [...name], CHARACTER_RULES);
}

const COMPONENT_RULES = {
  isStar: (part: string) => part === "**",
  fits: componentMatches,
};

/** Components against pattern components; `**` stands for any number, also none. */
export function componentsMatch(pattern: readonly string[], names: readonly string[]): boolean {
  return matchSequence(pattern, names, COMPONENT_RULES);
}

export function componentsOf(path: string): string[] {
  return path.split("/").filter((component) => component !== "");
}

export interface PathMatcher {
  readonly pattern: string;
  readonly floating: boolean;
  /** The deepest folder named without a wildcard: where a search for matches begins. `/` for a floating pattern. */
  readonly root: string;
  /** The pattern names this very path. */
  matches(path: string): boolean;
  /** The pattern names this path or a folder that it lies in. */
  covers(path: string): boolean;
}

/** Compiles a pattern of a policy's settings (absolute, or floating). */
export function compilePath(pattern: string): PathMatcher {
  const components = componentsOf(pattern);
  const wild = components.findIndex(hasWildcard);
  const literal = wild === -1 ? components : components.slice(0, wild);
  return {
    pattern,
    floating: isFloating(pattern),
    root: `/${literal.join("/")}`,
    matches: (path) => componentsMatch(components, componentsOf(path)),
    // "Names a parent of" is the same as matching with any number of components behind.
    covers: (path) => componentsMatch([...components, "**"], componentsOf(path)),
  };
}
