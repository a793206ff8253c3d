// For tests: connected sockets on loopback, and what came out of them.
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type NetConnectOpts, type Server, type Socket } from "node:net";
import type { TestContext } from "node:test";
import type { NetworkRule, PlannedNetwork } from "../../plan/types.js";
import type { Allowed, Denied, Reporter, Target } from "../types.js";

export async function listening(context: TestContext, serve: (socket: Socket) => void): Promise<number> {
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    socket.on("error", () => undefined);
    serve(socket);
  });
  context.after(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  return portOf(server.listen(0, "127.0.0.1"));
}

export async function portOf(server: Server): Promise<number> {
  if (!server.listening) await once(server, "listening");
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === "string") throw new TypeError("it doesn't listen on a port");
  return address.port;
}

export function client(context: TestContext, options: NetConnectOpts): Socket {
  const socket = connect({ allowHalfOpen: true, ...options });
  socket.on("error", () => undefined);
  context.after(() => socket.destroy());
  return socket;
}

/** [accepted, connected], both half-open. */
export async function pair(context: TestContext): Promise<readonly [Socket, Socket]> {
  const accepted = new Promise<Socket>((resolve) => {
    void listening(context, resolve).then((port) => connected(port));
  });
  let connected: (port: number) => void = () => undefined;
  const near = new Promise<Socket>((resolve) => {
    connected = (port) => resolve(client(context, { port, host: "127.0.0.1" }));
  });
  return Promise.all([accepted, near]);
}

/** Everything up to the end or the close. */
export function read(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.resume();
  return new Promise((resolve) => {
    const done = () => resolve(Buffer.concat(chunks));
    socket.once("end", done).once("close", done);
    if (socket.readableEnded || socket.closed) done();
  });
}

/** At least so many bytes; the socket is paused then. */
export function readSome(socket: Socket, bytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  return new Promise((resolve) => {
    const data = (chunk: Buffer) => {
      chunks.push(chunk);
      const all = Buffer.concat(chunks);
      if (all.length < bytes) return;
      socket.off("data", data);
      socket.pause();
      resolve(all);
    };
    socket.on("data", data);
    socket.resume();
  });
}

export function allowed(more: Partial<Allowed> = {}): Allowed {
  return { allowed: true, origin: "network.allow.0", inspect: false, ...more };
}

export function rule(host: string, ports: readonly number[], more: Partial<NetworkRule> = {}): NetworkRule {
  return { origin: "network.allow.0", place: "cordon.yaml:3:5", host, ports, inspect: false, filter: "off", ...more };
}

export function network(more: Partial<PlannedNetwork> = {}): PlannedNetwork {
  return {
    mode: "allowlist",
    rules: [],
    deny: [],
    limits: {},
    patterns: [],
    upstreamCa: [],
    blocklists: [],
    capture: "ports",
    inspects: false,
    listeners: [],
    publish: [],
    sockets: [],
    ...more,
  };
}

export interface Told {
  readonly lines: string[];
  readonly report: Reporter;
  /** The next line that begins so. */
  wait(start: string): Promise<string>;
}

export function told(): Told {
  const lines: string[] = [];
  const waiting: { readonly start: string; readonly resolve: (line: string) => void }[] = [];
  const tell = (line: string) => {
    lines.push(line);
    for (const each of waiting) if (line.startsWith(each.start)) each.resolve(line);
  };
  const text = ({ host, port }: Target) => `${host}:${port}`;
  return {
    lines,
    report: {
      allowed: (target, _verdict, { via }) => tell(`allowed ${text(target)} ${via}`),
      denied: (target, denied: Denied, { via }) => tell(`${denied.code} ${text(target)} ${via}`),
      nameDenied: (name) => tell(`name ${name}`),
    },
    wait: (start) => {
      const found = lines.find((line) => line.startsWith(start));
      return found === undefined ? new Promise((resolve) => waiting.push({ start, resolve })) : Promise.resolve(found);
    },
  };
}

/** True when it ended by an error, such as a reset. */
export function closed(socket: Socket): Promise<boolean> {
  if (socket.closed) return Promise.resolve(socket.errored !== null);
  return new Promise((resolve) => socket.once("close", resolve));
}
