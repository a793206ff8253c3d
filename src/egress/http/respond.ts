// The response of an upstream on its way to an HTTP/1 client: a head that Node writes anew, a body that is counted, trailers. It must never
// let a response that was cut off look complete.
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline, type Transform } from "node:stream";
import type { Contained } from "../contained.js";
import { CountedBody, countDownload } from "./body.js";
import { flat, responseHeaders, trailersOf } from "./headers.js";
import type { GateContext, Pair, SecretPassage } from "./types.js";
import { pairsOf } from "./wellformed.js";

/** The way back to the client. */
export interface Back {
  readonly response: ServerResponse;
  readonly secrets: SecretPassage | undefined;
}

/** False: the head is one that can't be passed on. */
export function passHead(message: IncomingMessage, headers: readonly Pair[], { response, secrets }: Back): boolean {
  const { statusCode = 0, statusMessage } = message;
  // No other protocol was agreed on: an answer with this number is none.
  if (statusCode < 200) return false;
  const kept = responseHeaders(headers).filter(
    ([name]) => statusCode !== 204 || name.toLowerCase() !== "content-length",
  );
  response.sendDate = false;
  try {
    response.writeHead(statusCode, secrets?.text(statusMessage ?? "") ?? statusMessage, flat(kept));
    return true;
  } catch {
    return false;
  }
}

export function passBody(
  context: GateContext,
  {
    message,
    response,
    steps,
    secrets,
  }: Back & { readonly message: IncomingMessage; readonly steps: readonly Transform[] },
  { contained, ended }: { readonly contained: Contained; readonly ended: (error: unknown) => void },
): void {
  let begun = false;
  const count = countDownload(context);
  const counting = (bytes: number) => {
    begun = true;
    return count(bytes);
  };
  const body = new CountedBody(counting, () => {
    begun = true;
    const received = trailersOf(pairsOf(message.rawTrailers));
    const trailers = trailersOf(secrets?.fields(received) ?? received);
    if (trailers.length > 0) response.addTrailers(trailers);
    return undefined;
  });
  // Server-sent events may let their first byte wait: the head doesn't, unless a body is there to go with it.
  const flush = () => {
    if (!begun && !response.destroyed) response.flushHeaders();
  };
  setImmediate(contained(flush));
  pipeline([message, body, ...steps, response], contained(ended));
}
