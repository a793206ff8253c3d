// One server on loopback that plays every web server of these tests: over TLS (HTTP/1.1 and HTTP/2) and plain, answering by the first
// part of the path, whatever the host name. Its log is the judge of what got out of a sandbox.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import type { AddressInfo, Server, Socket } from "node:net";
import type { Duplex, Readable } from "node:stream";
import type { Cleanup } from "../stage.js";
import type { Certificates } from "./certificates.js";

export interface Exchange {
  readonly method: string;
  /** Without the query, and without the first part. */
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Readable;
  /** `https://localhost:1234` or `https://name.test`: as the client calls this server. */
  readonly base: string;
  answer(status: number, headers: Readonly<Record<string, string>>, body: string | Buffer): void;
  /** For answers of several parts, or that aren't known at once. */
  open(status: number, headers: Readonly<Record<string, string>>): NodeJS.WritableStream;
}

export const CONNECTED = "connected";

export type Site = (exchange: Exchange) => void | Promise<void>;
type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;

export interface Origin {
  readonly tlsPort: number;
  readonly plainPort: number;
  /** `GET /files/hello 2.0 https`, one line a request, in order; and one a connection. */
  readonly log: readonly string[];
}

export interface OriginOptions {
  readonly certificates: Certificates;
  /** By the first part of the path. */
  readonly sites: Readonly<Record<string, Site>>;
  readonly upgrade?: (request: IncomingMessage, socket: Duplex) => void;
}

export async function openOrigin(cleanup: Cleanup, options: OriginOptions): Promise<Origin> {
  const { certificates, sites, upgrade } = options;
  const log: string[] = [];
  const take = (request: Request, response: Response): void => {
    const exchange = exchangeOf(request, response);
    log.push(`${exchange.method} ${request.url} ${request.httpVersion} ${exchange.base.split(":")[0]}`);
    const [, first = "", rest = "/"] = /^\/([^/]*)(\/.*)?$/.exec(exchange.path) ?? [];
    const site = sites[first] ?? nowhere;
    Promise.resolve(site({ ...exchange, path: rest })).catch((error: unknown) => {
      log.push(`failed: ${String(error)}`);
      if ("stream" in response) response.stream.destroy();
      else response.destroy();
    });
  };
  const secrets = { key: readFileSync(certificates.key), cert: readFileSync(certificates.certificate) };
  const secure = createSecureServer({ ...secrets, allowHTTP1: true }, take);
  const plain = createServer(take);
  for (const server of [secure, plain]) {
    server.on("connection", () => log.push(CONNECTED));
    server.on("upgrade", (request: IncomingMessage, socket: Duplex) => {
      log.push(`UPGRADE ${request.url}`);
      socket.on("error", () => undefined);
      upgrade?.(request, socket);
    });
  }
  return { tlsPort: await listen(cleanup, secure), plainPort: await listen(cleanup, plain), log };
}

const nowhere: Site = ({ answer }) => answer(404, {}, "no such site\n");

/** On a port of the system's choice; closed with all its connections when the tests end. */
export async function listen(cleanup: Cleanup, server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  });
  server.on("sessionError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanup.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

function exchangeOf(request: Request, response: Response): Exchange {
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value]),
  );
  const [path = "/", query = ""] = (request.url ?? "/").split("?");
  const scheme = "encrypted" in request.socket ? "https" : "http";
  const open = (status: number, given: Readonly<Record<string, string>>): NodeJS.WritableStream => {
    response.statusCode = status;
    for (const [name, value] of Object.entries(given)) response.setHeader(name, value);
    return response;
  };
  return {
    method: request.method ?? "",
    path,
    query,
    headers,
    body: request,
    base: `${scheme}://${headers[":authority"] ?? headers["host"] ?? ""}`,
    open,
    answer: (status, given, body) => {
      open(status, { "content-length": String(Buffer.byteLength(body)), ...given }).end(body);
    },
  };
}

/** All of a request's body. */
export async function bodyOf(exchange: Exchange): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of exchange.body) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
