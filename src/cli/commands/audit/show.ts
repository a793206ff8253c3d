// `cordon audit show`: the entries of records, one a line.
import { type Entry, entriesOf } from "../../../audit/entries.js";
import { flag } from "../../command.js";
import type { AuditRequest } from "../audit.js";
import { filterOf } from "./filters.js";
import { entryLine, painter, runHeading } from "./lines.js";

export async function show({ invocation, target }: AuditRequest): Promise<number> {
  const { out } = invocation;
  const shown = new Set<string>();
  const paint = painter(out.colour);
  for (const entries of entriesOf(target.records, filterOf(invocation))) {
    const lines = flag(invocation, "json") ? entries.map(({ text }) => text) : readable(entries, shown, paint);
    if (lines.length > 0) out.print(lines.join("\n"));
  }
  return 0;
}

function readable(entries: readonly Entry[], shown: Set<string>, paint: ReturnType<typeof painter>): readonly string[] {
  const [first] = entries;
  if (first === undefined) return [];
  const lines = entries.map((entry) => entryLine(entry, paint));
  if (shown.has(first.run)) return lines;
  const heading = [...(shown.size === 0 ? [] : [""]), runHeading(first.run, paint)];
  shown.add(first.run);
  return [...heading, ...lines];
}
