// What a spool's folder says of its receiver, so that a later process can deliver what is left: where it leads and where its keys are,
// never a key itself. The authority's certificate is in it as it was before the run.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CordonError } from "../../core/error.js";
import { formatAddress, readShipAddress } from "../../policy/shipping.js";
import type { ReceiverSetting } from "./open.js";

const NAME = "receiver.json";

export interface ReceiverNote extends ReceiverSetting {
  readonly run: string;
  readonly batch: number;
}

export function writeNote(folder: string, { to, ...rest }: ReceiverNote): void {
  const file = join(folder, NAME);
  writeFileSync(`${file}.new`, `${JSON.stringify({ version: 1, to: formatAddress(to), ...rest })}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** Undefined when there is none: its run was killed before it wrote one, and so before any line. */
export function readNote(folder: string): ReceiverNote | undefined {
  const file = join(folder, NAME);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
  const note = noteOf(text);
  if (note === undefined) throw new CordonError("internal", "the note of a spool can't be read", { place: file });
  return note;
}

function noteOf(text: string): ReceiverNote | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const table: Readonly<Record<string, unknown>> = { ...value };
  const { version, run, batch } = table;
  const to = readShipAddress(textAt(table, "to") ?? "");
  if (version !== 1 || typeof run !== "string" || typeof batch !== "number" || !to.ok) return undefined;
  const [headersFrom, secret, ca] = (["headersFrom", "secret", "ca"] as const).map((name) => textAt(table, name));
  return {
    to: to.value,
    run,
    batch,
    ...(headersFrom === undefined ? {} : { headersFrom }),
    ...(secret === undefined ? {} : { secret }),
    ...(ca === undefined ? {} : { ca }),
  };
}

function textAt(table: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = table[name];
  return typeof value === "string" ? value : undefined;
}
