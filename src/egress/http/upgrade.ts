// Upgrade over HTTP/1: WebSockets go on, anything else (h2c) is taken out of the request, which is then served as it is without. Frames
// of a WebSocket are counted, not looked into: only its first request is judged and filtered.
import { type IncomingMessage, type Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { containment } from "../contained.js";
import { internalError } from "../decide/advice.js";
import { parsedHead } from "./answering.js";
import { CountedBody, countDownload } from "./body.js";
import type { Connection } from "./connection.js";
import type { Decision } from "./decision.js";
import { Exchange } from "./exchange.js";
import { heldBytes, responseHeaders } from "./headers.js";
import { Refused, refusal } from "./refusal.js";
import { answerFields, answerSteps } from "./secrets.js";
import type { GateContext, Pair } from "./types.js";
import { isWebSocket, pairsOf, tokensOf } from "./wellformed.js";

export interface Upgrading {
  readonly server: Server;
  readonly context: GateContext;
  readonly connection: Connection;
}

/** Node has let go of the socket; `first` came behind the head. */
export function upgrade(upgrading: Upgrading, request: IncomingMessage, first: Buffer): void {
  const { connection, server } = upgrading;
  const { socket } = connection;
  // Answers to earlier requests may be half written: an answer or a protocol of another kind can't come between.
  if (connection.busy || connection.gone.aborted) {
    socket.destroy();
    return;
  }
  if (first.length > 0) socket.unshift(first);
  if (isWebSocket(parsedHead(request))) {
    openWebSocket(upgrading, request);
    return;
  }
  socket.unshift(withoutUpgrade(request));
  server.emit("connection", socket);
}

/** The head again, from what was parsed, without its wish. It is parsed and checked like any other then. */
function withoutUpgrade(request: IncomingMessage): Buffer {
  const headers = pairsOf(request.rawHeaders);
  const kept: Pair[] = headers.filter(
    ([name]) => !["upgrade", "http2-settings", "connection"].includes(name.toLowerCase()),
  );
  const tokens = tokensOf(headers, "connection").filter((token) => token !== "upgrade" && token !== "http2-settings");
  if (tokens.length > 0) kept.push(["Connection", tokens.join(", ")]);
  const lines = [
    `${request.method} ${request.url} HTTP/${request.httpVersion}`,
    ...kept.map((pair) => pair.join(": ")),
  ];
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
}

/** A response of a request that Node's server gave away. */
export function ownResponse(request: IncomingMessage, socket: Duplex): ServerResponse {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  // Declared for net.Socket; Node's own server gives it any duplex stream as well.
  Reflect.apply(response.assignSocket, response, [socket]);
  const finish = () => {
    Reflect.apply(response.detachSocket, response, [socket]);
    response.emit("close");
    socket.end(() => socket.destroy());
  };
  response.once("finish", containment(() => socket.destroy())(finish));
  return response;
}

function openWebSocket({ context, connection }: Upgrading, request: IncomingMessage): void {
  const { socket } = connection;
  const response = ownResponse(request, socket);
  connection.enqueue(heldBytes([request.url ?? "", ...request.rawHeaders]), () => {
    const onSwitch = (decision: Decision) => (message: IncomingMessage, upstream: Duplex, first: Buffer) => {
      Reflect.apply(response.detachSocket, response, [socket]);
      if (first.length > 0) upstream.unshift(first);
      socket.write(switchingHead(message, decision));
      relay(context, decision, { client: socket, upstream });
    };
    return Promise.race([
      new Exchange(context, connection, { request, response, onSwitch }).run(),
      new Promise<void>((resolve) => socket.once("close", connection.contained(resolve))),
    ]);
  });
}

function switchingHead(message: IncomingMessage, { secrets }: Decision): Buffer {
  const headers: Pair[] = [...answerFields(secrets, responseHeaders(pairsOf(message.rawHeaders)), false)];
  headers.push(["Connection", "Upgrade"], ["Upgrade", "websocket"]);
  const lines = ["HTTP/1.1 101 Switching Protocols", ...headers.map((pair) => pair.join(": "))];
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
}

/** Both directions, counted, until either side ends. */
function relay(
  context: GateContext,
  decision: Decision,
  { client, upstream }: { readonly client: Duplex; readonly upstream: Duplex },
): void {
  const { rule } = decision.verdict;
  let sentBytes = 0;
  const up = new CountedBody((bytes) => {
    sentBytes += bytes;
    const over = context.meter.upload(bytes, rule, sentBytes);
    return over === undefined ? undefined : refusal(over);
  });
  const down = new CountedBody(countDownload(context));
  let told = false;
  const fail = (error: unknown) => {
    client.destroy();
    upstream.destroy();
    if (told) return;
    told = true;
    if (error instanceof Refused) context.report.denied(decision.target, error.refusal.denied, decision.detail);
  };
  const contained = containment(() => fail(new Refused(refusal(internalError()))));
  // A server's frames aren't masked, so that what it writes back can be seen in them.
  const steps = answerSteps(decision.secrets, []) ?? [];
  for (const stream of [client, up, upstream, down, ...steps]) stream.on("error", contained(fail));
  client.pipe(up).pipe(upstream);
  [down, ...steps].reduce<Duplex>((from, to) => from.pipe(to), upstream).pipe(client);
  client.once(
    "close",
    contained(() => upstream.destroy()),
  );
  // What is still to be written to the client is written; it closes then, or with its own end.
  upstream.once(
    "close",
    contained(() => client.end(() => client.destroy())),
  );
}
