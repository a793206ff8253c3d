// How answers of Cordon's own get to an HTTP/1 client, so that it can read them although it may still be sending.
import type { IncomingMessage, ServerResponse } from "node:http";
import { containment } from "../contained.js";
import type { Target } from "../types.js";
import type { Connection } from "./connection.js";
import { detailOf } from "./decision.js";
import { flat } from "./headers.js";
import { answerTo, type Refusal } from "./refusal.js";
import { type GateContext, LINGER_MS } from "./types.js";
import { type ParsedHead, pairsOf } from "./wellformed.js";

/** For requests so broken that it isn't known where they wanted to go. */
export const UNREADABLE: Target = { host: "unreadable.invalid", port: 0 };

export interface Told {
  readonly target: Target;
  readonly method: string;
  readonly path: string;
}

export function tell(context: GateContext, connection: Connection, told: Told, refused: Refusal): void {
  const detail = detailOf(connection.via, told.method.slice(0, 32), told.path.slice(0, 2048));
  context.report.denied(told.target, refused.denied, detail);
}

/** Sends the answer, or cuts the connection when another one has begun. */
export function answer(request: IncomingMessage, response: ServerResponse, refused: Refusal): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const { status, phrase, headers, body } = answerTo(refused, pairsOf(request.rawHeaders));
  const last = request.complete ? [] : [["connection", "close"] as const];
  response.writeHead(status, phrase, flat([...headers, ...last]));
  // The length is announced: the client has all of it before the connection is closed on what it still sends.
  if (request.method !== "HEAD") response.write(body);
  afterBody(request, () => response.end());
}

/** Reads and drops the rest of a request's body for a moment, then goes on. */
export function afterBody(request: IncomingMessage, next: () => void): void {
  if (request.complete || request.destroyed) {
    next();
    return;
  }
  const settle = containment(() => request.destroy())(() => {
    clearTimeout(timer);
    request.off("end", settle).off("close", settle);
    next();
  });
  const timer = setTimeout(settle, LINGER_MS);
  request.once("end", settle).once("close", settle);
  request.resume();
}

export function parsedHead(request: IncomingMessage): ParsedHead {
  const { httpVersion } = request;
  return {
    method: request.method ?? "",
    url: request.url ?? "",
    version: httpVersion === "1.1" || httpVersion === "1.0" ? httpVersion : "other",
    headers: pairsOf(request.rawHeaders),
  };
}
