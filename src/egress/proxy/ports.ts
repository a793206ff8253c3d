// Ports and unix sockets that the policy names, in both directions: services of the host inside, listeners of the sandbox outside. Bytes
// are carried, descriptors never; it must never choose a destination itself or listen on anything but the host's loopback.
import { connect, createServer, type Server, type Socket } from "node:net";
import { CordonError, errnoOf, messageOf } from "../../core/error.js";
import { containment } from "../contained.js";
import type { Allowed, Denied, Meter, Reporter, Target, Via } from "../types.js";
import type { InFlight } from "./in-flight.js";
import { Tunnel } from "./tunnel.js";

/** Of one port or socket at a time. */
export const MAX_CONNECTIONS = 256;
const CONNECT_MS = 10_000;

export interface PortContext {
  readonly report: Reporter;
  readonly meter: Meter;
  readonly inFlight?: InFlight | undefined;
}

/** Stops listening and ends all connections. */
export type Stop = () => void;

interface Line {
  readonly via: Via;
  readonly origin: string;
  /** What is told of it. */
  readonly shown: Target;
  readonly open: () => Socket | Promise<Socket>;
  /** What leaves the sandbox through it is counted. */
  readonly counted: boolean;
}

/** A service on the host's loopback, for the connections of a listener inside. */
export function serveForward(
  server: Server,
  to: { readonly host: string; readonly port: number; readonly origin: string },
  context: PortContext,
): Stop {
  const open = () => connect({ host: to.host, port: to.port, allowHalfOpen: true });
  return serve(server, { via: "forward", origin: to.origin, shown: to, open, counted: true }, context);
}

/** A unix socket of the host, for the connections of a socket of ours that is visible inside. */
export function serveSocket(
  server: Server,
  socket: { readonly source: string; readonly origin: string },
  context: PortContext,
): Stop {
  const open = () => connect({ path: socket.source, allowHalfOpen: true });
  const shown = { host: socket.source, port: 0 };
  return serve(server, { via: "socket", origin: socket.origin, shown, open, counted: true }, context);
}

export interface Published {
  readonly hostPort: number;
  readonly port: number;
  readonly origin: string;
  /** A connection to a port inside. */
  readonly dialInside: (port: number) => Promise<Socket>;
}

/** A port of the sandbox on the host's loopback. Rejects when the host's port is taken. */
export async function servePublished(published: Published, context: PortContext): Promise<Stop> {
  const { hostPort, port, origin, dialInside } = published;
  const shown = { host: "127.0.0.1", port: hostPort };
  const line: Line = { via: "publish", origin, shown, open: () => dialInside(port), counted: false };
  const stops: Stop[] = [];
  try {
    for (const address of ["127.0.0.1", "::1"]) {
      const server = await listening(address, published);
      if (server !== undefined) stops.push(serve(server, line, context));
    }
  } catch (error) {
    for (const stop of stops) stop();
    throw error;
  }
  return () => {
    for (const stop of stops) stop();
  };
}

/** Undefined where the host has no such loopback address. */
function listening(address: string, { hostPort, origin }: Published): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true });
    server.once("error", (error) => {
      if (address === "::1" && ["EADDRNOTAVAIL", "EAFNOSUPPORT"].includes(errnoOf(error) ?? "")) resolve(undefined);
      else {
        const message = `port ${hostPort} of the host can't be listened on: ${messageOf(error)}`;
        reject(new CordonError("launch-failed", message, { place: origin, cause: error }));
      }
    });
    server.listen({ host: address, port: hostPort, exclusive: true }, () => resolve(server));
  });
}

function serve(server: Server, line: Line, context: PortContext): Stop {
  const open = new Set<Socket>();
  const keep = (socket: Socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  };
  // Read by Node for each connection it accepts: a client's half-close has to reach the other side as one.
  Object.assign(server, { allowHalfOpen: true, pauseOnConnect: true });
  server.maxConnections = MAX_CONNECTIONS;
  server.on("error", () => undefined);
  const arrived = (client: Socket) => {
    client.on("error", () => undefined);
    keep(client);
    if (line.counted) context.inFlight?.add(client);
    void carry(client, line, context)
      .then((upstream) => upstream !== undefined && keep(upstream))
      .catch(() => client.resetAndDestroy());
  };
  server.on("connection", (client: Socket) => containment(() => client.resetAndDestroy())(arrived)(client));
  return () => {
    server.close();
    for (const socket of open) socket.destroy();
  };
}

async function carry(client: Socket, line: Line, context: PortContext): Promise<Socket | undefined> {
  const { report, meter } = context;
  const { via, shown, origin } = line;
  const deny = (denied: Denied) => {
    client.resetAndDestroy();
    report.denied(shown, denied, { via });
    return undefined;
  };
  const place = meter.connection();
  if (!place.allowed) return deny(place);
  if (client.destroyed) place.release();
  else client.once("close", place.release);
  const upstream = await standing(line);
  if (upstream instanceof Error) return deny(unreachable(line, upstream));
  const verdict: Allowed = { allowed: true, origin, inspect: false };
  report.allowed(shown, verdict, { via });
  const tunnel = new Tunnel(client, upstream, line.counted ? { meter, over: deny, inFlight: context.inFlight } : {});
  tunnel.down();
  tunnel.up();
  return upstream;
}

function unreachable({ origin, shown }: Line, error: Error): Denied {
  const what = shown.port === 0 ? `the socket ${shown.host}` : `port ${shown.port}`;
  const reason = `${what} of ${origin} can't be reached: ${errnoOf(error) ?? "it took too long"}`;
  return { allowed: false, code: "unreachable", reason, origin };
}

/** The connected socket, or why there is none; never later than the limit. */
async function standing({ open }: Line): Promise<Socket | Error> {
  let socket: Socket;
  try {
    socket = await open();
  } catch (error) {
    return error instanceof Error ? error : new Error(messageOf(error));
  }
  socket.pause();
  if (!socket.connecting) return socket.destroyed ? new Error("it is closed") : socket;
  return new Promise((resolve) => {
    const timer = setTimeout(() => socket.destroy(new Error("it took too long")), CONNECT_MS);
    const settle = containment(() => socket.destroy())((end: Socket | Error) => {
      clearTimeout(timer);
      resolve(end);
    });
    socket.once("connect", () => settle(socket));
    socket.once("error", settle);
  });
}
