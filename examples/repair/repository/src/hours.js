// Times are minutes since midnight: { from: 540, to: 720 } is 9:00 to 12:00.

/** Joins opening times that overlap or touch. */
export function joinHours(hours) {
  const sorted = [...hours].sort((a, b) => a.from - b.from);
  const joined = [];
  for (const next of sorted) {
    const last = joined.at(-1);
    if (last !== undefined && next.from < last.to) {
      last.to = next.to;
    } else {
      joined.push({ ...next });
    }
  }
  return joined;
}
