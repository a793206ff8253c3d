// How answers of Cordon's own get to an HTTP/2 client, and how a stream is broken off. A stream that was cut off must never look complete.
import { constants, type Http2Stream, type ServerHttp2Stream } from "node:http2";
import type { Contained } from "../contained.js";
import { headersObject } from "./headers-h2.js";
import { answerTo, grpcAnswer, isGrpc, type Refusal } from "./refusal.js";
import type { Pair } from "./types.js";

/** Node's `close(code)` ends the body properly before the reset: what was cut off would look complete. `destroy` only resets. */
export function breakOff(stream: Http2Stream): void {
  stream.destroy(new Error("broken off"));
}

/** Whether no frames wait for a client that doesn't read. */
export function isIdle(stream: Http2Stream): boolean {
  return (stream.session?.state.outboundQueueSize ?? 0) === 0;
}

export interface AskedStream {
  readonly stream: ServerHttp2Stream;
  readonly method: string;
  readonly headers: readonly Pair[];
  readonly contained: Contained;
}

/** Sends the answer, or breaks the stream off when another one has begun. */
export function answerStream({ stream, method, headers, contained }: AskedStream, refused: Refusal): void {
  stream.unpipe();
  if (stream.destroyed || stream.closed) return;
  if (stream.headersSent) {
    breakOff(stream);
    return;
  }
  // What the client still sends is read, within its window, until the answer is out.
  stream.resume();
  stream.once(
    "finish",
    contained(() => stream.close(constants.NGHTTP2_NO_ERROR)),
  );
  if (isGrpc(headers)) {
    stream.respond({ ...headersObject({ headers: grpcAnswer(refused) }), ":status": 200 }, { endStream: true });
    return;
  }
  const answer = answerTo(refused, headers);
  stream.respond({ ...headersObject({ headers: answer.headers }), ":status": answer.status });
  stream.end(method === "HEAD" ? undefined : answer.body);
}
