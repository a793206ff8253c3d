// A receiver of records that can go away and come back at the same port.
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

const MAX_BYTES = 4 * 1024 * 1024;

export class Receiver {
  readonly #batches = new Map<string, string>();
  #server: Server | undefined;
  #port = 0;

  get port(): number {
    return this.#port;
  }

  async up(): Promise<void> {
    const server = createServer((request, response) => void this.#take(request, response));
    server.listen(this.#port, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (typeof address === "object" && address !== null) this.#port = address.port;
    this.#server = server;
  }

  async down(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    server.closeAllConnections();
    await new Promise((settle) => server.close(settle));
  }

  /** In the order in which they came, each batch once. */
  lines(): readonly string[] {
    return [...this.#batches.values()].flatMap((body) =>
      body
        .split("\n")
        .slice(1)
        .filter((line) => line.startsWith("{"))
        .map((line) => line.replace(/,$/, "")),
    );
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    request.setEncoding("utf8");
    for await (const chunk of request) if (body.length < MAX_BYTES) body += String(chunk);
    const batch = String(request.headers["cordon-batch"]);
    if (!this.#batches.has(batch)) this.#batches.set(batch, body);
    response.end();
  }
}
