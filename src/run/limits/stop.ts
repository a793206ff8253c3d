// A limit that is reached and ends the run: told as an event with who did it, and in the same words to the user.
import { formatSize } from "../../core/units.js";
import type { RunControl } from "../service.js";
import type { UsageReader } from "../usage.js";
import { byWhom, type Culprit, type Hits, inBrackets } from "./hits.js";

/** What a watch looks with, and what it may do. */
export interface WatchParts {
  readonly reader: UsageReader;
  readonly hits: Hits;
  readonly control: Pick<RunControl, "end" | "standStill">;
}

export interface Reached {
  readonly limit: "memory" | "disk";
  readonly value: number;
  readonly used: number;
  readonly culprit: Culprit | undefined;
  readonly graceMs: number;
}

export function stopFor({ hits, control }: WatchParts, { limit, value, used, culprit, graceMs }: Reached): void {
  const who = byWhom(culprit);
  hits.tell({ limit, value, used, ...who, action: "stopped" });
  const message = `${limit} limit of ${formatSize(value)} reached${inBrackets(who)}: the run was ended`;
  control.end({ kind: "limit", message, graceMs });
}
