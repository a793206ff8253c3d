// Bytes to a receiver that never answers (syslog, a journal's socket): one connection for each batch. What was written may still lie in a
// buffer when the other side dies, so a batch counts as delivered only when the other side has closed after us, without an error: it
// had read everything by then.
import { once } from "node:events";
import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { errnoOf, messageOf } from "../../core/error.js";
import { printable } from "../../core/text.js";
import { ATTEMPT_MS, DeliveryError } from "./receiver.js";

export interface TlsChoice {
  /** What the certificate must be for. */
  readonly host: string;
  /** PEM: the only authority that is believed. */
  readonly ca?: string;
}

export interface Destination {
  readonly to: { readonly path: string } | { readonly host: string; readonly port: number };
  readonly tls?: TlsChoice;
  /** The other side closes after us, and so says that it has everything. A journal's socket can't: it has shut that way at once. */
  readonly confirms: boolean;
}

export async function deliver(destination: Destination, bytes: Buffer, signal: AbortSignal): Promise<void> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(ATTEMPT_MS)]);
  const socket = open(destination);
  const stop = (): void => void socket.destroy(new Error("aborted"));
  limit.addEventListener("abort", stop, { once: true });
  let stage = "it can't be reached";
  try {
    await once(socket, destination.tls === undefined ? "connect" : "secureConnect");
    stage = "it doesn't take the lines";
    await writeAndEnd(socket, bytes, destination.confirms);
  } catch (error) {
    if (limit.aborted && !signal.aborted) throw new DeliveryError(`${stage} in time`, { cause: error });
    const why = errnoOf(error) ?? printable(messageOf(error), 200);
    throw new DeliveryError(`${stage}: ${why}`, { cause: error });
  } finally {
    limit.removeEventListener("abort", stop);
    socket.destroy();
  }
}

function open({ to, tls }: Destination): Socket {
  // Half open: our end comes first, and then we wait for theirs.
  const options = { ...to, allowHalfOpen: true };
  const socket = tls === undefined ? connect(options) : connectTls({ ...options, ...tlsOptions(tls) });
  // Errors are awaited below; one that comes when nobody waits any more is of no interest.
  socket.on("error", () => undefined);
  return socket;
}

/** An address isn't sent as the server's name (RFC 6066); it is still what the certificate must be for. */
function tlsOptions({ host, ca }: TlsChoice): {
  readonly host: string;
  readonly servername?: string;
  readonly ca?: string;
} {
  return { host, ...(isIP(host) === 0 ? { servername: host } : {}), ...(ca === undefined ? {} : { ca }) };
}

function writeAndEnd(socket: Socket, bytes: Buffer, confirms: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    // Nothing is expected; it is read so that their end is seen.
    socket.resume();
    socket.end(bytes, () => {
      if (!confirms) resolve();
    });
    socket.once("end", () => {
      if (confirms) setImmediate(resolve);
    });
    socket.once("close", () => reject(new Error("the connection was lost")));
  });
}
