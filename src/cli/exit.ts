// How an error becomes one line on stderr and an exit status. A stack trace is for CORDON_DEBUG=1 only.
import { CordonError, messageOf } from "../core/error.js";
import { printable } from "../core/text.js";

/** Cordon itself failed or refused (CONTRACT). */
export const EXIT_REFUSED = 125;

export interface Ending {
  readonly status: number;
  readonly text: string;
}

export function endingOf(error: unknown, debug: boolean): Ending {
  const line =
    error instanceof CordonError
      ? error.toLine()
      : `internal error: ${messageOf(error)} (this is a bug in Cordon; CORDON_DEBUG=1 shows more)`;
  const trace = debug && error instanceof Error ? `\n${error.stack ?? ""}` : "";
  return { status: EXIT_REFUSED, text: `cordon: ${printable(line, 4000)}${trace}` };
}
