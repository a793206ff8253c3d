// Answers before the answer (1xx): which of a server's go on to its client. It must never let a server fill our memory with them, nor
// let bytes of theirs pass that nobody counted.
import type { ServerResponse } from "node:http";
import type { Target } from "../types.js";
import { bytesOf } from "./headers.js";
import { type Refusal, refusal, upstreamFailed } from "./refusal.js";
import type { GateContext, Pair } from "./types.js";
import { valuesOf } from "./wellformed.js";

/** Of one request; servers send one or two. */
const MAX_PASSED = 16;
const MAX_TAKEN = 1_000;

export class EarlyAnswers {
  readonly #context: GateContext;
  #taken = 0;
  #passed = 0;
  #continued = false;

  constructor(context: GateContext) {
    this.#context = context;
  }

  /** Whether it goes on, or why the request ends. `idle`: nothing of what was sent to the client before still waits. */
  take(target: Target, { status, headers }: Early, idle: () => boolean): boolean | Refusal {
    this.#taken += 1;
    if (this.#taken > MAX_TAKEN) return upstreamFailed(target, "sent answers before its answer without end");
    const over = this.#context.meter.download(bytesOf(headers));
    if (over !== undefined) return refusal(over);
    // A client may wait for this one with its body: it always goes on, once.
    if (status === 100) return this.#once();
    if (this.#passed >= MAX_PASSED || !idle()) return false;
    this.#passed += 1;
    return true;
  }

  #once(): boolean {
    const first = !this.#continued;
    this.#continued = true;
    return first;
  }
}

export interface Early {
  readonly status: number;
  readonly headers: readonly Pair[];
}

/** Over HTTP/1: those that Node can write. */
export function passEarly(response: ServerResponse, { status, headers }: Early): void {
  if (status === 100) response.writeContinue();
  const link = [...valuesOf(headers, "link")];
  if (status !== 103 || link.length === 0) return;
  try {
    response.writeEarlyHints({ link });
  } catch {
    // Node wants links in a form of its own. It is only a hint.
  }
}
