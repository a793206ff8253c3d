// Callers of a sandbox as some attacks need them: a careless one with files open, one on a terminal. Pure.
import type { World } from "../stage/world.js";
import type { Attack } from "../types.js";

/** First words of the command line. */
export function callerOf(
  { leaks, terminal }: Attack,
  { prober, leaked }: Pick<World, "prober" | "leaked">,
): readonly string[] {
  if (leaks === true) return [prober, "leak", leaked.file, leaked.folder];
  return terminal === true ? [prober, "terminal"] : [];
}
