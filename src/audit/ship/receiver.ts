// What a receiver of the record is: it takes batches of lines, and says when one has arrived or why it hasn't. It never keeps lines: that
// is the spool's duty.

/** Lines of the record that are delivered together. */
export interface Batch {
  /** The same for each attempt, also after a crash: whoever has seen it has these lines. */
  readonly key: string;
  readonly run: string;
  /** Without the characters that end them. */
  readonly lines: readonly string[];
}

export interface Receipt {
  /** What the receiver said it won't keep, in its own words; asking again wouldn't help. */
  readonly refused?: { readonly count: number; readonly reason: string };
}

export interface Receiver {
  /** Settles when the receiver has the lines; rejects (with a DeliveryError when it knows more) when they are to be sent again. */
  send(batch: Batch, signal: AbortSignal): Promise<Receipt>;
  close(): void;
}

export interface DeliveryDetails {
  readonly cause?: unknown;
  readonly retryAfterMs?: number | undefined;
  readonly tooLarge?: boolean;
}

/** Why a batch hasn't arrived. Its message never holds a key. */
export class DeliveryError extends Error {
  override readonly name = "DeliveryError";
  /** What the receiver asked for. */
  readonly retryAfterMs: number | undefined;
  /** Fewer lines at once might be taken. */
  readonly tooLarge: boolean;

  constructor(message: string, details: DeliveryDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.retryAfterMs = details.retryAfterMs;
    this.tooLarge = details.tooLarge ?? false;
  }
}

/** One attempt may take so long. */
export const ATTEMPT_MS = 15_000;
