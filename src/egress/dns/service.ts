// The name service of a run, on sockets that the sandbox can reach: datagrams, and connections with a length before each message.
// It must never throw out of an event, and never hold more than a few messages for anybody.
import type { Socket as DatagramSocket, RemoteInfo } from "node:dgram";
import type { Socket } from "node:net";
import type { Judge, Reporter } from "../types.js";
import { Answerer } from "./answers.js";
import type { NewNames } from "./guard.js";
import type { SyntheticNames } from "./names.js";
import type { Blocklists } from "./zones.js";

export interface NameServiceOptions {
  readonly judge: Judge;
  readonly names: SyntheticNames;
  readonly blocklists: Blocklists;
  readonly report: Reporter;
  /** Hosts that rules name in full: they aren't judged by what they look like. */
  readonly exactNames?: ReadonlySet<string>;
  /** Shared with the other ways in; the service's own otherwise. */
  readonly newNames?: NewNames;
  /** Counts up. */
  readonly nowMs?: () => number;
  /** How long a connection may be without a whole question. */
  readonly idleMs?: number;
}

/** Takes over what it is given: `close` ends it all. */
export interface NameService {
  udp(socket: DatagramSocket): void;
  connection(socket: Socket): void;
  close(): void;
}

export const MAX_CONNECTIONS = 64;
/** A question has one name; the rest of a message is options. */
const MAX_QUERY_BYTES = 4096;
const IDLE_MS = 15_000;
/** Answers that the kernel hasn't taken yet. */
const MAX_UNSENT_BYTES = 1_048_576;

export function serveNames(options: NameServiceOptions): NameService {
  const nowMs = options.nowMs ?? (() => performance.now());
  const answerer = new Answerer({ ...options, nowMs });
  const datagrams = new Set<DatagramSocket>();
  const connections = new Set<Socket>();
  return {
    udp(socket) {
      datagrams.add(socket);
      socket.on("message", (message, from) => answerDatagram(answerer, socket, { message, from }));
      socket.on("error", () => undefined);
      socket.once("close", () => datagrams.delete(socket));
    },
    connection(socket) {
      socket.on("error", () => undefined);
      if (connections.size >= MAX_CONNECTIONS) {
        socket.resetAndDestroy();
        return;
      }
      connections.add(socket);
      socket.once("close", () => connections.delete(socket));
      answerConnection(answerer, socket, options.idleMs ?? IDLE_MS);
    },
    close() {
      for (const socket of connections) socket.destroy();
      for (const socket of datagrams) closeDatagrams(socket);
    },
  };
}

function closeDatagrams(socket: DatagramSocket): void {
  socket.removeAllListeners("message");
  try {
    socket.close();
  } catch {
    // Its opener closed it already.
  }
}

function answerDatagram(
  answerer: Answerer,
  socket: DatagramSocket,
  { message, from }: { readonly message: Buffer; readonly from: RemoteInfo },
): void {
  try {
    const answer = answerer.answer(message, "udp");
    if (answer === undefined || socket.getSendQueueSize() > MAX_UNSENT_BYTES) return;
    socket.send(answer, from.port, from.address, () => undefined);
  } catch {
    // A sender that nothing can be sent to (port 0), or a socket that was closed meanwhile.
  }
}

function answerConnection(answerer: Answerer, socket: Socket, idleMs: number): void {
  const frames = new Frames();
  let waits = false;
  // Not the socket's own timer: a byte now and then must not keep a connection for ever.
  const idle = setTimeout(() => socket.destroy(), idleMs).unref();
  const work = () => {
    for (let query = frames.next(); query !== undefined; query = waits ? undefined : frames.next()) {
      idle.refresh();
      const answer = answerer.answer(query, "tcp");
      if (answer === undefined) return void socket.destroy();
      const length = Uint8Array.of(answer.length >> 8, answer.length & 0xff);
      waits = !socket.write(Buffer.concat([length, answer]));
    }
    if (frames.broken) socket.destroy();
    else if (waits) socket.pause();
    else socket.resume();
  };
  socket.on("data", (chunk: Buffer) => {
    frames.push(chunk);
    if (!waits) work();
  });
  socket.on("drain", () => {
    waits = false;
    work();
  });
  socket.on("end", () => socket.end());
  socket.once("close", () => clearTimeout(idle));
}

/** Cuts a stream into messages. It holds what came with one read, and less than one message of what came before. */
class Frames {
  #bytes: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
  }

  /** The next message is longer than any question is. */
  get broken(): boolean {
    return this.#bytes.length >= 2 && this.#bytes.readUInt16BE(0) > MAX_QUERY_BYTES;
  }

  next(): Buffer | undefined {
    if (this.#bytes.length < 2 || this.broken) return undefined;
    const end = 2 + this.#bytes.readUInt16BE(0);
    if (this.#bytes.length < end) return undefined;
    const message = this.#bytes.subarray(2, end);
    this.#bytes = this.#bytes.subarray(end);
    return message;
  }
}
