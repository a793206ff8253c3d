// Servers of the staged world: each writes down what it hears and answers with a secret of its own, so that a connection shows on both
// ends. On loopback and on socket files of the stage only.
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import type { SecureServerOptions } from "node:http2";
import { createServer, type Server, type Socket } from "node:net";
import type { Scope } from "../../core/scope.js";

const MAX_HEARD = 256 * 1024;
const LOOPBACK = { host: "127.0.0.1", port: 0 } as const;

export class Collectors {
  readonly #heard = new Map<string, string>();
  readonly #scope: Scope;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  /** What a collector heard that has this in it. */
  received(name: string, mark: string): string | undefined {
    const heard = this.#heard.get(name) ?? "";
    return heard.includes(mark) ? heard : undefined;
  }

  /** Its port; undefined where the address isn't there. */
  async tcp(name: string, address: string): Promise<number | undefined> {
    const server = this.#server(name, `HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok`);
    return (await listens(server, { host: address, port: 0 })) ? portOf(server) : undefined;
  }

  /** A server that asks for another TLS hello, whatever it hears. */
  async retrying(name: string, answer: Buffer): Promise<number | undefined> {
    const server = this.#server(name, (socket) => void socket.write(answer));
    return (await listens(server, LOOPBACK)) ? portOf(server) : undefined;
  }

  /** Requests over TLS, HTTP/1 and HTTP/2. */
  async secure(name: string, options: SecureServerOptions): Promise<number | undefined> {
    const { createSecureServer } = await import("node:http2");
    const server = createSecureServer({ ...options, allowHTTP1: true }, (request, response) => {
      const { method, url, headers } = request;
      this.#hear(name, Buffer.from(JSON.stringify([method, url, headers])));
      response.end("ok");
    });
    server.on("sessionError", () => undefined).on("clientError", () => undefined);
    const open = new Set<Socket>();
    server.on("connection", (socket: Socket) => {
      open.add(socket);
      socket.on("error", () => undefined).once("close", () => open.delete(socket));
      socket.setTimeout(5000, () => socket.destroy());
    });
    this.#scope.defer(`collector ${name}`, () => {
      server.close();
      for (const socket of open) socket.destroy();
    });
    return (await listens(server, LOOPBACK)) ? portOf(server) : undefined;
  }

  /** A socket file, or with a leading NUL an abstract one. */
  async unix(name: string, path: string, answer: string): Promise<boolean> {
    return listens(this.#server(name, answer), { path });
  }

  async udp(name: string, address: string): Promise<number | undefined> {
    const socket: UdpSocket = createSocket(address.includes(":") ? "udp6" : "udp4");
    socket.on("message", (bytes, from) => {
      this.#hear(name, bytes);
      socket.send("ok", from.port, from.address, () => undefined);
    });
    try {
      socket.bind(0, address);
      await once(socket, "listening");
    } catch {
      return undefined;
    }
    this.#scope.defer(`collector ${name}`, () => void socket.close());
    return socket.address().port;
  }

  #server(name: string, answer: string | ((socket: Socket) => void)): Server {
    const open = new Set<Socket>();
    const server = createServer((socket) => {
      open.add(socket);
      socket.once("close", () => open.delete(socket));
      socket.on("error", () => undefined);
      socket.on("data", (bytes: Buffer) => {
        this.#hear(name, bytes);
        if (typeof answer === "string") socket.end(answer);
        else answer(socket);
      });
      socket.setTimeout(5000, () => socket.destroy());
    });
    this.#scope.defer(`collector ${name}`, () => {
      server.close();
      for (const socket of open) socket.destroy();
    });
    return server;
  }

  #hear(name: string, bytes: Buffer): void {
    this.#heard.set(name, `${this.#heard.get(name) ?? ""}${bytes.toString("latin1")}\n`.slice(-MAX_HEARD));
  }
}

async function listens(server: Server, where: { host?: string; port?: number; path?: string }): Promise<boolean> {
  try {
    server.listen(where);
    await once(server, "listening");
    return true;
  } catch {
    return false;
  }
}

function portOf(server: Server): number | undefined {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : undefined;
}
