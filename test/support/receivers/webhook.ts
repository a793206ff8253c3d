// A webhook's receiver that can be told to fail in the ways that real ones do, and keeps what it accepted.
import assert from "node:assert/strict";
import { createHmac, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Cleanup } from "../stage.js";

/** What happens to the next request: a status, a lost connection before or after it was accepted, or no answer at all. */
export type Fault = number | "reset" | "accept-and-reset" | "hang" | "redirect";

export interface Delivery {
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export class Webhook {
  /** Every request that came, accepted or not. */
  readonly attempts: Delivery[] = [];
  /** Batches that were accepted, each once: the receiver knows a key that it has. */
  readonly batches = new Map<string, Delivery>();
  /** Used up one by one; after the last everything is accepted. */
  faults: Fault[] = [];
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;

  static async open(cleanup: Cleanup): Promise<Webhook> {
    const webhook = new Webhook();
    await webhook.up();
    cleanup.after(() => webhook.down());
    return webhook;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/in`;
  }

  /** Again at the same port. */
  async up(): Promise<void> {
    const server = createServer((request, response) => void this.#answer(request, response));
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
    server.listen(this.#port, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    assert.ok(typeof address === "object" && address !== null);
    this.#port = address.port;
    this.#server = server;
  }

  async down(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const socket of this.#sockets) socket.destroy();
    if (server !== undefined) await new Promise((resolve) => server.close(resolve));
  }

  /** Lines of the record in the order in which they were accepted, byte for byte. */
  lines(): readonly string[] {
    return [...this.batches.values()].flatMap(({ body }) => exactLines(body));
  }

  events(): readonly Readonly<Record<string, unknown>>[] {
    return this.lines().map((line) => {
      const value: unknown = JSON.parse(line);
      assert.ok(typeof value === "object" && value !== null);
      return { ...value };
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
    const delivery = { headers: request.headers, body: Buffer.concat(chunks).toString("utf8") };
    this.attempts.push(delivery);
    const fault = this.faults.shift();
    if (fault === "hang") return;
    if (fault === "reset") return void request.socket.destroy();
    if (fault === "redirect") return void response.writeHead(307, { location: this.url }).end();
    if (typeof fault === "number" && fault >= 300) return void response.writeHead(fault).end("no");
    const key = String(delivery.headers["cordon-batch"]);
    if (!this.batches.has(key)) this.batches.set(key, delivery);
    if (fault === "accept-and-reset") return void request.socket.destroy();
    response.writeHead(fault ?? 200).end("{}");
  }
}

/** What docs/shipping.md tells a receiver to do with a body. */
export function exactLines(body: string): readonly string[] {
  const [, ...rows] = body.split("\n");
  return rows.slice(0, -2).map((row, index, all) => (index === all.length - 1 ? row : row.slice(0, -1)));
}

/** What docs/shipping.md tells a receiver to do with a signature. */
export function isSigned({ headers, body }: Delivery, secret: string, nowMs = Date.now()): boolean {
  const [, seconds, given] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers["cordon-signature"])) ?? [];
  if (seconds === undefined || given === undefined || Math.abs(nowMs / 1000 - Number(seconds)) > 300) return false;
  const wanted = createHmac("sha256", secret).update(`${seconds}.`).update(body).digest();
  return timingSafeEqual(wanted, Buffer.from(given, "hex"));
}
