// Which attacks a breakout makes: all, a group, or one by its id. Pure.
import { CordonError } from "../core/error.js";
import { didYouMean, printable } from "../core/text.js";

/** An attack, or a fault, which is of no one control. */
interface Named {
  readonly id: string;
  readonly control?: string;
}

/** Those of `all` that are named; every word must name one of them, or of `others`. */
export function select<Each extends Named>(
  all: readonly Each[],
  only: readonly string[],
  others: readonly Named[] = [],
): readonly Each[] {
  if (only.length === 0) return all;
  const some: readonly Named[] = [...all, ...others];
  for (const word of only) {
    if (some.some((each) => matches(each, word))) continue;
    const known = [...new Set(some.flatMap(({ id, control = id }) => [id, groupOf(id), control]))];
    throw new CordonError("usage", `there is no attack "${printable(word, 60)}".${didYouMean(word, known)}`, {
      place: "--only",
      hint: "cordon breakout --list names them",
    });
  }
  return all.filter((each) => only.some((word) => matches(each, word)));
}

/** By its id, its group or its control. */
function matches({ id, control }: Named, word: string): boolean {
  return id === word || groupOf(id) === word || control === word;
}

export function groupOf(id: string): string {
  return id.slice(0, id.indexOf("/"));
}
