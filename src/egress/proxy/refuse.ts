// Tells a client why its connection ends, in the words of the protocol that it speaks: a 403 with the reason, a TLS alert, or a reset.
// It must never wait long for a client that doesn't read, nor show anything but the reason of the denial.
import type { Socket } from "node:net";
import { answerTo, refusal } from "../http/refusal.js";
import type { Denied } from "../types.js";
import type { Peeked } from "./peek.js";

/** How long what a refused client still sends is read, so that it gets to see the answer before a reset. */
const LINGER_MS = 1_000;

/** Level fatal, access_denied (RFC 8446, 6.2): clients say "tlsv1 alert access denied". */
const TLS_ALERT = Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 49]);

/** Writes the last bytes of a connection and ends it, soon and in any case. */
export function farewell(socket: Socket, bytes: Uint8Array | string): void {
  if (socket.destroyed) return;
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once("close", () => clearTimeout(timer));
  socket.on("error", () => undefined);
  socket.once("end", () => socket.destroySoon());
  socket.end(bytes);
  socket.resume();
}

/** What the client showed of its protocol decides how it is told. */
export function refuse(socket: Socket, denied: Denied, seen: Peeked["kind"]): void {
  if (seen === "http") farewell(socket, httpAnswer(denied));
  else if (seen === "tls") farewell(socket, TLS_ALERT);
  else socket.resetAndDestroy();
}

/** The same answer that the HTTP gate gives to a request. */
export function httpAnswer(denied: Denied): string {
  const { status, phrase, headers, body } = answerTo(refusal(denied), []);
  const fields = [...headers, ["connection", "close"]].map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${status} ${phrase}`, ...fields, "", body].join("\r\n");
}
