// Which attacks a breakout makes: all, a group, or one by its id. Pure.
import { CordonError } from "../core/error.js";
import { didYouMean, printable } from "../core/text.js";
import type { Attack } from "./types.js";

export function selectAttacks(all: readonly Attack[], only: readonly string[]): readonly Attack[] {
  if (only.length === 0) return all;
  for (const word of only) {
    if (all.some((attack) => matches(attack, word))) continue;
    const known = [...new Set(all.flatMap(({ id, control }) => [id, groupOf(id), control]))];
    throw new CordonError("usage", `there is no attack "${printable(word, 60)}".${didYouMean(word, known)}`, {
      place: "--only",
      hint: "cordon breakout --list names them",
    });
  }
  return all.filter((attack) => only.some((word) => matches(attack, word)));
}

/** By its id, its group or its control. */
function matches({ id, control }: Attack, word: string): boolean {
  return id === word || groupOf(id) === word || control === word;
}

export function groupOf(id: string): string {
  return id.slice(0, id.indexOf("/"));
}
