// The control socket of one run: reads requests, answers, streams events. Whoever can connect is the run's owner (the folder is 0700);
// even so nobody there can make the supervisor wait, grow or fail: connections, lines, requests and time are bounded.
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { CordonError, messageOf } from "../../core/error.js";
import type { EventBus } from "../../events/bus.js";
import { type Ask, encode, Lines, MAX_REQUEST_BYTES, parseRequest, type Request, VERSION } from "./wire.js";

/** Everything but the stream of events, which the server does itself. */
export type Answerer = (ask: Exclude<Ask, { do: "events" }>) => Promise<unknown>;

export interface ServerParts {
  readonly path: string;
  readonly bus: EventBus;
  readonly answer: Answerer;
}

const MAX_CONNECTIONS = 64;
const MAX_WAITING = 16;
const IDLE_MS = 60_000;
/** A reader that takes nothing for so long is cut off. */
const SLOW_MS = 30_000;
/** For readers to get the last events when the run ends. */
const LANDING_MS = 250;

export class ControlServer {
  readonly #parts: ServerParts;
  readonly #server: Server;
  readonly #open = new Set<Connection>();

  private constructor(parts: ServerParts) {
    this.#parts = parts;
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#take(socket));
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.on("error", () => undefined);
  }

  static async listen(parts: ServerParts): Promise<ControlServer> {
    const control = new ControlServer(parts);
    control.#server.listen(parts.path);
    await once(control.#server, "listening");
    return control;
  }

  /** Readers of events get what is left of them, as far as they read it soon. */
  async close(): Promise<void> {
    this.#server.close();
    const landed = Promise.all([...this.#open].map((connection) => connection.landed));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, LANDING_MS);
    });
    await Promise.race([landed, late]);
    clearTimeout(timer);
    for (const connection of this.#open) connection.destroy();
  }

  #take(socket: Socket): void {
    const connection = new Connection(socket, this.#parts);
    this.#open.add(connection);
    socket.once("close", () => this.#open.delete(connection));
  }
}

class Connection {
  readonly #socket: Socket;
  readonly #parts: ServerParts;
  readonly #lines = new Lines(MAX_REQUEST_BYTES);
  #waiting = 0;
  #last: Promise<void> = Promise.resolve();
  #broken = false;
  readonly #gone = new AbortController();

  constructor(socket: Socket, parts: ServerParts) {
    this.#socket = socket;
    this.#parts = parts;
    socket.setTimeout(IDLE_MS, () => {
      if (this.#waiting === 0) socket.destroy();
    });
    socket.on("error", () => undefined);
    socket.once("close", () => this.#gone.abort());
    socket.on("data", (chunk) => this.#read(chunk));
    socket.once("end", () => void this.#last.then(() => socket.end()));
  }

  /** Everything that was asked for is answered. */
  get landed(): Promise<void> {
    return this.#last;
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #read(chunk: Uint8Array): void {
    if (this.#broken) return;
    const lines = this.#lines.push(chunk);
    if (lines === undefined) this.#refuse(0, `a line has at most ${MAX_REQUEST_BYTES} bytes`);
    for (const line of lines ?? []) if (!this.#broken) this.#take(line);
  }

  #take(line: string): void {
    const parsed = parseRequest(line);
    if (!parsed.ok) this.#refuse(parsed.id, parsed.problem);
    else if (this.#waiting >= MAX_WAITING) this.#refuse(parsed.request.id, "too many requests wait for their answer");
    else {
      this.#waiting += 1;
      this.#last = this.#last.then(() => this.#serve(parsed.request));
    }
  }

  /** Who doesn't speak the protocol isn't listened to any more. */
  #refuse(id: number, message: string): void {
    this.#broken = true;
    this.#send({ id, error: { code: "usage", message } });
    this.#socket.end();
  }

  async #serve(request: Request): Promise<void> {
    const { id } = request;
    try {
      const ok = request.do === "events" ? await this.#stream(request) : await this.#parts.answer(request);
      this.#send({ id, ok: ok ?? {} });
    } catch (error) {
      const code = error instanceof CordonError ? error.code : "internal";
      this.#send({ id, error: { code, message: messageOf(error).slice(0, 1000) } });
    } finally {
      this.#waiting -= 1;
    }
  }

  async #stream({ id, from, follow }: Extract<Request, { do: "events" }>): Promise<unknown> {
    const { bus } = this.#parts;
    const last = bus.last;
    if (!follow && from > last) return { last };
    for await (const event of bus.read(Math.max(from, bus.first), this.#gone.signal)) {
      if (!this.#send({ id, event })) await this.#drained();
      if (event.type === "run.exited" || (!follow && event.seq >= last)) break;
    }
    return { last: bus.last };
  }

  async #drained(): Promise<void> {
    if (this.#socket.destroyed) return;
    const signal = AbortSignal.timeout(SLOW_MS);
    await once(this.#socket, "drain", { signal }).catch(() => {
      this.#socket.destroy();
    });
  }

  /** false: the other side is slow. */
  #send(message: { readonly id: number } & Readonly<Record<string, unknown>>): boolean {
    if (!this.#socket.writable) return true;
    // Checked border: each caller passes one of the three forms.
    return this.#socket.write(encode({ v: VERSION, ...message } as Parameters<typeof encode>[0]));
  }
}
