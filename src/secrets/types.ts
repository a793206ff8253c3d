// The words that the parts of the broker speak with each other. What goes between it and the HTTP gate has the shape that
// egress/http/types.ts names; neither imports the other.
import type { PlannedSecret } from "../plan/secret.js";

/** A header field, as the gate has them. */
export type Pair = readonly [name: string, value: string];

/** Why a request that would use a secret isn't sent. */
export interface Withheld {
  readonly allowed: false;
  readonly code: "secret";
  readonly reason: string;
  readonly origin: string;
  readonly place: string;
}

/** One secret as it can be put into a request now. */
export interface Swappable {
  readonly name: string;
  readonly placeholder: string;
  readonly value: string;
  readonly places: PlannedSecret["places"];
}

/** Bytes that pass, changed on their way. */
export interface ByteStream {
  push(chunk: Buffer): Buffer;
  end(): Buffer;
}

export interface AskedRequest {
  readonly target: { readonly host: string; readonly port: number };
  readonly method: string;
  readonly path: string;
  readonly headers: readonly Pair[];
}
