// An HTTP/2 client on an opened connection and the HTTP/2 session with its upstream: streams are mapped one to one, each judged by
// itself. What one client may ask of us is bounded: streams, header bytes, resets, settings and pings.
import {
  type ClientHttp2Session,
  connect,
  constants,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { TLSSocket } from "node:tls";
import { type Contained, containment } from "../contained.js";
import { internalError } from "../decide/advice.js";
import type { Scope } from "./connection.js";
import { heldBytes } from "./headers.js";
import type { Refused } from "./refusal.js";
import { StreamExchange } from "./stream-h2.js";
import { type GateContext, HEAD_TIMEOUT_MS, MAX_HEAD_BYTES, MAX_HEADERS, MAX_STREAMS } from "./types.js";

const WINDOW_BYTES = 256 * 1024;
const SESSION_WINDOW_BYTES = 1024 * 1024;
/** SECURITY: streams that a client gives up, beyond those that came to an end (CVE-2023-44487). */
const MAX_RESETS = 200;
/** Of the streams that are open at a time; one alone may have any head that is allowed. */
const MAX_OPEN_HEAD_BYTES = 256 * 1024;

export interface Http2Connection {
  readonly scope: Extract<Scope, { readonly target: unknown }>;
  readonly client: TLSSocket;
  readonly upstream: TLSSocket | Refused;
}

export interface Sessions {
  readonly scope: Http2Connection["scope"];
  /** Undefined: there is no upstream, each stream is told why. */
  readonly upstream: ClientHttp2Session | Refused;
}

export function serveHttp2(context: GateContext, connection: Http2Connection): void {
  const client = performServerHandshake(connection.client, {
    settings: {
      maxConcurrentStreams: MAX_STREAMS,
      initialWindowSize: WINDOW_BYTES,
      maxHeaderListSize: MAX_HEAD_BYTES,
      enableConnectProtocol: false,
    },
    maxHeaderListPairs: MAX_HEADERS + 8,
    maxSessionInvalidFrames: 100,
    maxSettings: 32,
  });
  client.on("error", () => undefined);
  // Of a TLS connection that no tls.Server made, Node's session believes that its handshake is still to come.
  connection.client.emit("secureConnect");
  const contained = containment(() => breakOff(context, connection, client));
  const ready = () => client.setLocalWindowSize(SESSION_WINDOW_BYTES);
  client.once("connect", contained(ready));
  const idle = () => {
    if (!streams.active) client.close();
  };
  client.setTimeout(HEAD_TIMEOUT_MS, contained(idle));
  const upstream = upstreamSession(connection, client, contained);
  const streams = new Streams(client, contained);
  // The list of fields as they came is not in the types of this event.
  const serve = (stream: ServerHttp2Stream, _headers: unknown, _flags: number, raw: readonly string[]) => {
    if (!streams.add(stream, raw)) return;
    new StreamExchange(context, { scope: connection.scope, upstream }, stream).run(raw);
  };
  client.on("stream", contained(serve));
  const closed = () => {
    if (!(connection.upstream instanceof Error)) connection.upstream.destroy();
  };
  client.once("close", contained(closed));
}

/** Only what throws outside of any stream. */
function breakOff(
  context: GateContext,
  { scope, client, upstream }: Http2Connection,
  session: ServerHttp2Session,
): void {
  session.destroy();
  client.destroy();
  if (!(upstream instanceof Error)) upstream.destroy();
  context.report.denied(scope.target, internalError(), { via: scope.via });
}

/** Counts what a client begins and gives up. */
class Streams {
  readonly #session: ServerHttp2Session;
  readonly #contained: Contained;
  #open = 0;
  #resets = 0;
  #headBytes = 0;

  constructor(session: ServerHttp2Session, contained: Contained) {
    this.#session = session;
    this.#contained = contained;
  }

  get active(): boolean {
    return this.#open > 0;
  }

  /** False: it was refused, since the heads of those that are open hold too much; the client may ask again later. */
  add(stream: ServerHttp2Stream, raw: readonly string[]): boolean {
    const bytes = heldBytes(raw);
    const refused = this.#open > 0 && this.#headBytes + bytes > MAX_OPEN_HEAD_BYTES;
    this.#open += 1;
    this.#headBytes += bytes;
    const ended = () => {
      this.#open -= 1;
      this.#headBytes -= bytes;
      this.#resets = Math.max(0, this.#resets + (refused || stream.aborted ? 1 : -1));
      if (this.#resets > MAX_RESETS) this.#session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM);
    };
    stream.on("error", () => undefined).once("close", this.#contained(ended));
    if (refused) stream.close(constants.NGHTTP2_REFUSED_STREAM);
    return !refused;
  }
}

function upstreamSession(
  { scope, upstream }: Http2Connection,
  client: ServerHttp2Session,
  contained: Contained,
): ClientHttp2Session | Refused {
  if (upstream instanceof Error) return upstream;
  const host = scope.target.host.includes(":") ? `[${scope.target.host}]` : scope.target.host;
  const session = connect(`https://${host}:${scope.target.port}`, {
    createConnection: () => upstream,
    settings: { enablePush: false, initialWindowSize: WINDOW_BYTES, maxHeaderListSize: MAX_HEAD_BYTES },
    maxReservedRemoteStreams: 0,
    maxHeaderListPairs: MAX_HEADERS + 8,
  });
  session.on("error", () => undefined);
  const ready = () => session.setLocalWindowSize(SESSION_WINDOW_BYTES);
  session.once("connect", contained(ready));
  // A client whose upstream goes away opens a new connection, which gets a new upstream.
  const leave = () => {
    if (!client.closed) client.close();
  };
  session.once("goaway", contained(leave));
  session.once("close", contained(leave));
  return session;
}
