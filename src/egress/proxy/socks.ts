// The SOCKS listener: names or literal addresses to targets, decided like every other connection. It must never wait for a client
// without a limit, nor say "connected" before that is true (where each request is dialled for itself: before it is allowed).
import type { Socket } from "node:net";
import { containment } from "../contained.js";
import type { Denied } from "../types.js";
import type { Connections } from "./connection.js";
import type { Undialled } from "./dial.js";
import { farewell } from "./refuse.js";
import { REPLY, reply, SocksReader, type SocksStep } from "./socks-reader.js";

const HANDSHAKE_MS = 10_000;

export function serveSocks(socket: Socket, connections: Pick<Connections, "take">, timeoutMs = HANDSHAKE_MS): void {
  const reader = new SocksReader();
  const timer = setTimeout(() => socket.destroy(), timeoutMs);
  const contained = containment(() => socket.resetAndDestroy());
  const leave = contained(() => {
    clearTimeout(timer);
    socket.off("data", read).off("end", ended).off("close", leave);
  });
  const ended = contained(() => socket.destroy());
  const act = (step: SocksStep) => {
    if (step.kind === "answer") socket.write(step.bytes);
    else {
      leave();
      socket.pause();
      if (step.kind === "refuse") farewell(socket, step.bytes);
      else
        connections.take(socket, step.target, "socks", { early: step.rest, greet: (denied) => greet(socket, denied) });
    }
  };
  const read = contained((chunk: Buffer) => {
    for (const step of reader.push(chunk)) act(step);
  });
  socket.on("error", () => undefined);
  socket.on("data", read).once("end", ended).once("close", leave);
  socket.resume();
}

function greet(socket: Socket, denied: Denied | undefined): void {
  if (denied === undefined) socket.write(reply(REPLY.succeeded));
  else farewell(socket, reply(replyOf(denied)));
}

const ERRNO_REPLIES: Readonly<Record<string, number>> = {
  ECONNREFUSED: REPLY.refused,
  ENETUNREACH: REPLY.networkUnreachable,
  ENETDOWN: REPLY.networkUnreachable,
};

export function replyOf(denied: Undialled): number {
  switch (denied.code) {
    case "internal":
      return REPLY.failure;
    case "unresolved":
      return REPLY.hostUnreachable;
    case "unreachable":
      return ERRNO_REPLIES[denied.errno ?? ""] ?? REPLY.hostUnreachable;
    default:
      return REPLY.notAllowed;
  }
}
