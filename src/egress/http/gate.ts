// The HTTP gate: gives Node's server the connections of a sandbox and each request to an Exchange. The server never listens, and its
// parser is never lenient, whatever flags Node was started with (docs/adr/0006).
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { containment } from "../contained.js";
import { malformedRequest } from "../decide/advice.js";
import { tell, UNREADABLE } from "./answering.js";
import { connectThrough } from "./connect.js";
import { Connection, type Scope } from "./connection.js";
import { Exchange } from "./exchange.js";
import { flat, heldBytes } from "./headers.js";
import { openInspected } from "./inspected.js";
import { answerTo, type Refusal, refusal } from "./refusal.js";
import { type GateContext, type HttpGate, IDLE_TIMEOUT_MS, LINGER_MS, MAX_HEAD_BYTES } from "./types.js";
import { upgrade } from "./upgrade.js";

export function makeHttpGate(context: GateContext): HttpGate {
  const gate = new Gate(context);
  return {
    plain: (socket, target, via, verdict) => gate.take({ kind: "plain", target, via, verdict }, socket),
    inspected: (socket, target, via, verdict, sni) => {
      const scope = { kind: "inspected", target, via, verdict } as const;
      void openInspected(context, { socket, scope, sni }, (opened, ready) => gate.take(scope, opened, ready)).catch(
        containment(() => socket.destroy())(() => socket.destroy()),
      );
    },
    proxy: (socket) => gate.take({ kind: "proxy" }, socket),
  };
}

class Gate {
  readonly #context: GateContext;
  readonly #server: Server;
  /** By what Node calls the socket of a request. */
  readonly #connections = new WeakMap<object, Connection>();

  constructor(context: GateContext) {
    this.#context = context;
    this.#server = createServer({
      insecureHTTPParser: false,
      maxHeaderSize: MAX_HEAD_BYTES,
      keepAliveTimeout: IDLE_TIMEOUT_MS,
      // Ours says more, and counts.
      requireHostHeader: false,
    });
    // Fields beyond a limit would be dropped in silence; ours refuses (MAX_HEADERS).
    this.#server.maxHeadersCount = 0;
    this.#listen();
  }

  take(scope: Scope, socket: Duplex, ready?: () => Promise<Duplex>): void {
    this.#connections.set(socket, new Connection(this.#context, scope, socket, ready));
    this.#server.emit("connection", socket);
  }

  #listen(): void {
    const server = this.#server;
    const context = this.#context;
    const serve = (request: IncomingMessage, response: ServerResponse) =>
      this.#with(request.socket, (connection) =>
        connection.enqueue(heldBytes([request.url ?? "", ...request.rawHeaders]), () =>
          new Exchange(context, connection, { request, response }).run(),
        ),
      );
    server.on("request", serve);
    // Both would be answered by Node otherwise.
    server.on("checkContinue", serve);
    server.on("checkExpectation", serve);
    server.on("upgrade", (request, socket, first) =>
      this.#with(socket, (connection) => upgrade({ server, context, connection }, request, first)),
    );
    server.on("connect", (request, socket, first) =>
      this.#with(socket, (connection) => connectThrough({ context, connection }, request, first)),
    );
    server.on("clientError", (error, socket) =>
      this.#with(socket, (connection) => refuseUnparsed(context, connection, error)),
    );
  }

  /** Contained by the connection that the socket is of: the server is everybody's. */
  #with(socket: Duplex, work: (connection: Connection) => void): void {
    const connection = this.#connections.get(socket);
    if (connection === undefined) socket.destroy();
    else connection.contained(work)(connection);
  }
}

/** What llhttp couldn't parse. Behind a request that is still served only the connection can be cut. */
function refuseUnparsed(context: GateContext, connection: Connection, error: Error & { readonly code?: string }): void {
  const { socket, scope } = connection;
  if (!(error.code ?? "").startsWith("HPE_")) {
    socket.destroy();
    return;
  }
  const target = scope.kind === "proxy" ? UNREADABLE : scope.target;
  const long = error.code === "HPE_HEADER_OVERFLOW";
  const flaw = long ? "its head is too long" : "it isn't HTTP as RFC 9112 writes it";
  const refused = refusal(malformedRequest(target, flaw), long ? { status: 431 } : {});
  if (socket.writable) tell(context, connection, { target, method: "", path: "" }, refused);
  if (connection.busy || !socket.writable) {
    socket.destroy();
    return;
  }
  socket.end(plainAnswer(refused));
  // Not at once: a reset could overtake the answer. More bytes of the client come here again, and end it.
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once(
    "close",
    connection.contained(() => clearTimeout(timer)),
  );
}

function plainAnswer(refused: Refusal): string {
  const { status, phrase, headers, body } = answerTo(refused, []);
  const fields = flat([...headers, ["connection", "close"]]);
  const lines = fields.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${fields[index + 1]}`] : []));
  return `HTTP/1.1 ${status} ${phrase}\r\n${lines.join("\r\n")}\r\n\r\n${body}`;
}
