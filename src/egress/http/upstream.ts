// Connections to upstreams for the requests of one client connection. They are made by the dialer, which checks addresses, and for
// inspected hosts by the verified handshake; one is never shared with another client connection or another target.
import { Agent, type ClientRequestArgs } from "node:http";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import type { Contained } from "../contained.js";
import type { Allowed, Target } from "../types.js";
import { Refused, refusal, upstreamFailed } from "./refusal.js";
import type { GateContext } from "./types.js";

export interface Way {
  readonly target: Target;
  readonly verdict: Allowed;
  readonly signal: AbortSignal;
}

/** Fails with `Refused`. */
export async function openPlain({ dialer }: GateContext, { target, verdict, signal }: Way): Promise<Socket> {
  const dialled = await dialer.dial(target, verdict, signal);
  if (!dialled.allowed) throw new Refused(refusal(dialled));
  const { socket } = dialled;
  // Idle ones wait for their next request: a server's end has to close them, and no error may be without a listener.
  socket.allowHalfOpen = false;
  socket.on("error", () => undefined);
  if (signal.aborted) socket.destroy();
  return socket;
}

/** SECURITY(T23): the name that was judged is the one that the certificate is checked for. Fails with `Refused`. */
export async function openSecure(context: GateContext, way: Way, alpn: readonly string[]): Promise<TLSSocket> {
  const socket = await openPlain(context, way);
  const opened = await context.upstreamTls.connectTls(socket, way.target.host, { alpn, signal: way.signal });
  if (!opened.allowed) throw new Refused(refusal(opened));
  opened.socket.on("error", () => undefined);
  return opened.socket;
}

/** Node's own keep-alive, over connections that are opened our way. */
export class UpstreamAgent extends Agent {
  readonly #open: () => Promise<Duplex>;
  readonly #contained: Contained;

  constructor(open: () => Promise<Duplex>, contained: Contained) {
    super({ keepAlive: true, maxFreeSockets: 1 });
    this.#open = open;
    this.#contained = contained;
  }

  override createConnection(
    _options: ClientRequestArgs,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    this.#open().then(
      this.#contained((stream) => callback?.(null, stream)),
      this.#contained((error: unknown) =>
        callback?.(error instanceof Error ? error : new Error("not opened"), new Duplex()),
      ),
    );
    return undefined;
  }
}

/** Of an error of a request that was on its way. */
export function failureOf(target: Target, error: unknown): Refused {
  if (error instanceof Refused) return error;
  return new Refused(upstreamFailed(target, "closed the connection or sent something that isn't HTTP"));
}
