// A server on loopback that keeps every byte that reached it, by connection, and answers each head. It takes what no real server would,
// so that it judges what got out of a sandbox and not what a parser made of it.
import { createServer, type Socket } from "node:net";
import type { Cleanup } from "../stage.js";
import { listen } from "./origin.js";

export interface Collector {
  readonly port: number;
  /** The bytes of each connection so far, as latin1. */
  readonly received: () => readonly string[];
}

const ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

export async function openCollector(cleanup: Cleanup, answer: string | Buffer = ANSWER): Promise<Collector> {
  const connections: { text: string }[] = [];
  const server = createServer((socket: Socket) => {
    const connection = { text: "" };
    connections.push(connection);
    socket.on("data", (chunk) => {
      connection.text += chunk.toString("latin1");
      if (socket.writable) socket.write(answer);
    });
  });
  return { port: await listen(cleanup, server), received: () => connections.map(({ text }) => text) };
}
