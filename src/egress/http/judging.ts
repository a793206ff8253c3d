// What one HTTP/1 request asks for, from its parsed head and the connection it came by, and whether it may go on. Whatever fails in this is
// a denial.
import { internalError, malformedRequest } from "../decide/advice.js";
import { type Told, UNREADABLE } from "./answering.js";
import type { Connection } from "./connection.js";
import { type Decision, decide } from "./decision.js";
import { requestHeaders, webSocketHeaders } from "./headers.js";
import { type Refusal, refusal } from "./refusal.js";
import { type Destination, destinationAt, destinationOfProxied } from "./target.js";
import type { GateContext } from "./types.js";
import { flawOf, flawOfPath, type ParsedHead, valuesOf } from "./wellformed.js";

export interface Judged {
  readonly head: ParsedHead;
  /** It asks for a WebSocket. */
  readonly switches: boolean;
  /** Called with what is known of it so far, for what is told. */
  readonly know: (told: Told) => void;
}

export function judgeHead(context: GateContext, connection: Connection, judged: Judged): Decision | Refusal {
  try {
    return judge(context, connection, judged);
  } catch {
    return refusal(internalError());
  }
}

function judge(context: GateContext, connection: Connection, { head, switches, know }: Judged): Decision | Refusal {
  const { scope, via } = connection;
  const { method, url, headers } = head;
  const known = scope.kind === "proxy" ? UNREADABLE : scope.target;
  know({ target: known, method, path: "" });
  const hosts = valuesOf(headers, "host");
  const flaw = flawOf(head) ?? (hosts.length === 1 ? undefined : "it doesn't have exactly one Host header");
  if (flaw !== undefined) return refusal(malformedRequest(known, flaw));
  const to = destination(connection, url);
  if (!to.ok) return refusal(malformedRequest(known, to.flaw));
  const { target, path } = to;
  know({ target, method, path });
  const wrong = flawOfPath(method, path);
  if (wrong !== undefined) return refusal(malformedRequest(target, wrong));
  const refused = connected(context, connection, to);
  if (refused !== undefined) return refused;
  const sent = switches ? webSocketHeaders(headers) : requestHeaders(headers, method);
  const claimed = to.claimed === undefined ? [] : ([["absolute", to.claimed]] as const);
  const names = [["host", hosts[0] ?? ""] as const, ...claimed];
  const secure = scope.kind === "inspected";
  return decide(context, { target, via, names, method, path, headers: sent, secure });
}

function destination({ scope }: Connection, url: string): Destination {
  if (scope.kind === "proxy") return destinationOfProxied(url);
  return destinationAt(scope.target, scope.kind === "plain" ? "http" : "https", url);
}

/** SECURITY(T31): a target that a request names at the proxy listener is judged as any other connection. */
function connected(
  context: GateContext,
  connection: Connection,
  { target }: Destination & { readonly ok: true },
): Refusal | undefined {
  if (connection.scope.kind !== "proxy") return undefined;
  const verdict = context.judge.target(target);
  if (!verdict.allowed) return refusal(verdict);
  const full = connection.place();
  return full === undefined ? undefined : refusal(full);
}
