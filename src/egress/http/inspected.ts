// Opens the TLS of an inspected connection. The upstream is dialled first, with what the client offers, and the client is then offered
// what the upstream chose: so h2 meets h2 (gRPC) and HTTP/1.1 meets HTTP/1.1 (WebSocket), and no request is ever translated.
// SECURITY(T23): nothing of the client's is read before the upstream has proven to be the host that was allowed, or has failed.
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { type Contained, containment } from "../contained.js";
import { internalError } from "../decide/advice.js";
import { agrees } from "../decide/agree.js";
import { ClientHelloReader } from "../tls/client-hello.js";
import type { Denied } from "../types.js";
import type { Scope } from "./connection.js";
import { Refused, refusal } from "./refusal.js";
import { serveHttp2 } from "./session-h2.js";
import { type GateContext, TLS_TIMEOUT_MS } from "./types.js";
import { openSecure } from "./upstream.js";

export interface Inspecting {
  readonly socket: Socket;
  readonly scope: Extract<Scope, { readonly target: unknown }>;
  readonly sni: string | undefined;
}

/** The upstream connection, or why there is none. */
type Opened = TLSSocket | Refused;
/** Serves HTTP/1; `ready` gives the connection that stands, once. */
type Serve = (opened: Duplex, ready: () => Promise<Duplex>) => void;

export async function openInspected(context: GateContext, inspecting: Inspecting, serve: Serve): Promise<void> {
  const { socket, scope, sni } = inspecting;
  const leaving = new AbortController();
  const contained = containment(() => deny(context, inspecting, internalError()));
  socket
    .on("error", () => undefined)
    .once(
      "close",
      contained(() => leaving.abort()),
    );
  try {
    const { authority } = context;
    const denied = sni === undefined ? undefined : agrees(scope.target, sni, "sni");
    if (denied !== undefined || authority === undefined) {
      deny(context, inspecting, denied ?? internalError());
      return;
    }
    const offered = offeredBy(socket);
    const upstream = await openUpstream(context, { ...scope, signal: leaving.signal }, offered);
    const chosen = chosenOf(upstream, offered);
    const client = await openClient(inspecting, contained, {
      secureContext: authority.contextFor(scope.target.host),
      ALPNProtocols: offered.includes(chosen) ? [chosen] : [],
    });
    if (client === undefined) {
      if (!(upstream instanceof Error)) upstream.destroy();
      return;
    }
    if (client.alpnProtocol === "h2") serveHttp2(context, { scope, client, upstream });
    else serveHttp1({ client, upstream, contained }, serve);
  } catch {
    deny(context, inspecting, internalError());
  }
}

function deny(context: GateContext, { socket, scope }: Inspecting, denied: Denied): void {
  socket.destroy();
  context.report.denied(scope.target, denied, { via: scope.via });
}

/** The client's list. Its ClientHello stands in the socket: it is looked at and put back. */
function offeredBy(socket: Socket): readonly string[] {
  const first: unknown = socket.read();
  if (!Buffer.isBuffer(first)) return [];
  socket.unshift(first);
  const hello = new ClientHelloReader().push(first);
  if (hello === "more" || hello.kind !== "tls") return [];
  return ["h2", "http/1.1"].filter((name) => hello.alpn.includes(name));
}

async function openUpstream(
  context: GateContext,
  way: Parameters<typeof openSecure>[1],
  offered: readonly string[],
): Promise<Opened> {
  try {
    return await openSecure(context, way, offered);
  } catch (error) {
    return error instanceof Refused ? error : new Refused(refusal(internalError()));
  }
}

function chosenOf(upstream: Opened, offered: readonly string[]): string {
  if (upstream instanceof Error) return offered[0] ?? "http/1.1";
  return upstream.alpnProtocol === "h2" ? "h2" : "http/1.1";
}

function openClient(
  { socket }: Inspecting,
  contained: Contained,
  options: Pick<ConstructorParameters<typeof TLSSocket>[1] & object, "secureContext" | "ALPNProtocols">,
): Promise<TLSSocket | undefined> {
  return new Promise((resolve) => {
    if (socket.destroyed) {
      resolve(undefined);
      return;
    }
    const client = new TLSSocket(socket, { isServer: true, ...options });
    client.disableRenegotiation();
    const timer = setTimeout(() => client.destroy(), TLS_TIMEOUT_MS);
    const fail = contained(() => client.destroy());
    client.on("error", fail);
    // So a server's own TLSSocket names what goes wrong after the handshake, and would go on as if nothing were.
    client.on("_tlsError", fail);
    const settle = (opened: TLSSocket | undefined) => {
      clearTimeout(timer);
      if (opened === undefined) socket.destroy();
      resolve(opened);
    };
    client.once(
      "close",
      contained(() => settle(undefined)),
    );
    client.once(
      "secure",
      contained(() => settle(client)),
    );
  });
}

function serveHttp1(
  {
    client,
    upstream,
    contained,
  }: { readonly client: TLSSocket; readonly upstream: Opened; readonly contained: Contained },
  serve: Serve,
): void {
  if (upstream instanceof Error) {
    serve(client, () => Promise.reject(upstream));
    return;
  }
  client.once(
    "close",
    contained(() => upstream.destroy()),
  );
  serve(client, () => Promise.resolve(upstream));
}
