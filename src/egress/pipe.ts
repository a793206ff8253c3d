// Carries connections of a sandbox's listener to the unix socket on the host that the policy names for it.
// It must never choose a destination itself, and an error of one connection must never reach another or the supervisor.
import { connect, type Server, type Socket } from "node:net";

export interface PipeTarget {
  /** Path of the unix socket on the host. */
  readonly unix: string;
}

export interface PipeObserver {
  /** A connection stands. */
  readonly allowed: () => void;
  /** The upstream could not be reached. */
  readonly failed: (reason: string) => void;
}

export const MAX_CONNECTIONS = 256;
const CONNECT_TIMEOUT_MS = 10_000;

/** Pipes every connection of `server`; the result stops listening and ends all connections. */
export function pipeServer(server: Server, target: PipeTarget, observer: PipeObserver): () => void {
  const open = new Set<Socket>();
  // Both are read by Node for each connection it accepts: a client's half-close has to reach the upstream as one.
  Object.assign(server, { allowHalfOpen: true, pauseOnConnect: true });
  server.maxConnections = MAX_CONNECTIONS;
  server.on("connection", (client: Socket) => {
    for (const socket of pipeConnection(client, target, observer)) {
      open.add(socket);
      socket.once("close", () => open.delete(socket));
    }
  });
  server.on("error", (error) => observer.failed(error.message));
  return () => {
    server.close();
    for (const socket of open) socket.destroy();
  };
}

function pipeConnection(client: Socket, target: PipeTarget, observer: PipeObserver): readonly [Socket, Socket] {
  const upstream = connect({ path: target.unix, allowHalfOpen: true });
  let stands = false;
  upstream.setTimeout(CONNECT_TIMEOUT_MS, () => upstream.destroy(new Error("the connection took too long")));
  upstream.once("connect", () => {
    stands = true;
    upstream.setTimeout(0);
    observer.allowed();
    // `pipe` keeps back-pressure and passes an end on as an end.
    client.pipe(upstream);
    upstream.pipe(client);
  });
  upstream.on("error", (error) => {
    if (!stands) observer.failed(error.message);
  });
  client.on("error", () => undefined);
  upstream.once("close", (failed) => (failed || !stands ? client.resetAndDestroy() : client.destroySoon()));
  client.once("close", (failed) => (failed || !stands ? upstream.destroy() : upstream.destroySoon()));
  return [client, upstream];
}
