// CONNECT at the proxy listener: the target is read, judged, and the connection handed on. What comes through it is judged there, as if
// it had been captured; nothing that the client says beside the target counts.
import type { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { internalError, malformedRequest } from "../decide/advice.js";
import { agrees, readTarget } from "../decide/agree.js";
import type { Target } from "../types.js";
import { answer, parsedHead, tell, UNREADABLE } from "./answering.js";
import { type Refusal, refusal } from "./refusal.js";
import { ownResponse, type Upgrading } from "./upgrade.js";
import { flawOf, valuesOf } from "./wellformed.js";

type Asked = { readonly allowed: true; readonly target: Target } | (Refusal & { readonly target: Target });

/** Node has let go of the socket; `first` came behind the head. */
export function connectThrough(
  { context, connection }: Omit<Upgrading, "server">,
  request: IncomingMessage,
  first: Buffer,
): void {
  const { socket } = connection;
  if (connection.busy || connection.gone.aborted) {
    socket.destroy();
    return;
  }
  connection.begun();
  const asked = guarded(() => targetOf({ context, connection }, request));
  if (!asked.allowed) {
    tell(context, connection, { target: asked.target, method: "CONNECT", path: "" }, asked);
    // What follows the head is of the protocol that isn't spoken: nothing is left to read of this request.
    answer(request, ownResponse(request, socket), asked);
    return;
  }
  if (!(socket instanceof Socket)) {
    socket.destroy();
    return;
  }
  socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
  if (first.length > 0) socket.unshift(first);
  context.connect(socket, asked.target);
}

function guarded(judge: () => Asked): Asked {
  try {
    return judge();
  } catch {
    return { ...refusal(internalError()), target: UNREADABLE };
  }
}

function targetOf({ context, connection }: Omit<Upgrading, "server">, request: IncomingMessage): Asked {
  const head = parsedHead(request);
  const malformed = (flaw: string, target = UNREADABLE) => ({ ...refusal(malformedRequest(target, flaw)), target });
  if (connection.scope.kind !== "proxy")
    return malformed("CONNECT is only for the proxy port", connection.scope.target);
  const target = readTarget(head.url);
  if (target === undefined)
    return malformed("CONNECT needs a host in its plain form and a port, as in api.example.com:443");
  const flaw = flawOf(head);
  if (flaw !== undefined) return malformed(flaw, target);
  const hosts = valuesOf(head.headers, "host");
  const hasBody = (valuesOf(head.headers, "content-length")[0] ?? "0") !== "0";
  if (hosts.length > 1 || hasBody || valuesOf(head.headers, "transfer-encoding").length > 0)
    return malformed("a CONNECT has neither a body nor two hosts", target);
  // HTTP/1.0 clients send none; one that is there must not say something else.
  const differs = hosts[0] === undefined ? undefined : agrees(target, hosts[0], "host");
  if (differs !== undefined) return { ...refusal(differs), target };
  const verdict = context.judge.target(target);
  return verdict.allowed ? { allowed: true, target } : { ...refusal(verdict), target };
}
