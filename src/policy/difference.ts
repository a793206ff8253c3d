// A small line difference for people: what was trusted against what is there now. Pure; bounded in time and size, and nothing
// of the text can reach the terminal as an escape sequence.
import { printable } from "../core/text.js";

const MAX_TABLE = 250_000;
const MAX_SHOWN = 60;

/** Lines that begin with `- ` (gone), `+ ` (new) or two blanks (around a change). Empty when the texts are equal. */
export function lineDifference(before: string, after: string): string {
  if (before === after) return "";
  const [old, fresh] = [before.split("\n"), after.split("\n")];
  let head = 0;
  while (head < old.length && head < fresh.length && old[head] === fresh[head]) head++;
  let tail = 0;
  while (tail < old.length - head && tail < fresh.length - head && old.at(-1 - tail) === fresh.at(-1 - tail)) tail++;
  const changes = changed(old.slice(head, old.length - tail), fresh.slice(head, fresh.length - tail));
  const lead = old.slice(Math.max(0, head - 2), head).map((line) => `  ${line}`);
  const trail = old.slice(old.length - tail, Math.min(old.length, old.length - tail + 2)).map((line) => `  ${line}`);
  return bounded([...lead, ...changes, ...trail]).join("\n");
}

function bounded(lines: readonly string[]): readonly string[] {
  const shown = lines.slice(0, MAX_SHOWN).map((line) => printable(line, 200));
  return lines.length > MAX_SHOWN ? [...shown, `  … ${lines.length - MAX_SHOWN} more lines`] : shown;
}

/** The middle, where the texts differ: by longest common subsequence, or as a whole when that would be too much work. */
function changed(old: readonly string[], fresh: readonly string[]): readonly string[] {
  if (old.length * fresh.length > MAX_TABLE)
    return [...old.map((line) => `- ${line}`), ...fresh.map((line) => `+ ${line}`)];
  const lengths = commonLengths(old, fresh);
  const at = (i: number, j: number) => lengths[i]?.[j] ?? 0;
  const lines: string[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < fresh.length) {
    if (i < old.length && j < fresh.length && old[i] === fresh[j]) {
      lines.push(`  ${old[i]}`);
      i++;
      j++;
    } else if (j >= fresh.length || (i < old.length && at(i + 1, j) >= at(i, j + 1))) {
      lines.push(`- ${old[i++]}`);
    } else {
      lines.push(`+ ${fresh[j++]}`);
    }
  }
  return lines;
}

/** For each pair of positions, how many lines the rests have in common. */
function commonLengths(old: readonly string[], fresh: readonly string[]): readonly (readonly number[])[] {
  const rows: number[][] = [new Array<number>(fresh.length + 1).fill(0)];
  for (let i = old.length - 1; i >= 0; i--) {
    const below = rows[0] ?? [];
    const row = new Array<number>(fresh.length + 1).fill(0);
    for (let j = fresh.length - 1; j >= 0; j--) {
      row[j] = old[i] === fresh[j] ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0);
    }
    rows.unshift(row);
  }
  return rows;
}
