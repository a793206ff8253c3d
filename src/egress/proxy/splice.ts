// Hands decided connections over to `cordon-init splice`, which carries their bytes inside the kernel: no byte of them comes back here.
// It must never take a connection whose bytes are counted, or of which bytes wait on this side; and it ends with the run.
//
// Node gives a socket away over its IPC channel. What it reads until the other side has it would be lost, so reading is stopped on the
// handle itself, which Node's public interface can't do; where a Node has no such handle, connections simply stay here.
import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";
import { containment } from "../contained.js";

export interface Splicer {
  /** True: both sockets are somebody else's now; they close when the connection has ended. False: nothing was changed. */
  take(client: Socket, upstream: Socket): boolean;
  close(): void;
  /** Of connections that have ended. */
  readonly carried: { readonly upBytes: number; readonly downBytes: number };
}

interface Handle {
  readStop(): void;
}

interface Pair {
  readonly client: Socket;
  readonly upstream: Socket;
}

export function makeSplicer(program: string): Splicer {
  return new ProcessSplicer(program);
}

class ProcessSplicer implements Splicer {
  readonly #program: string;
  readonly #held = new Map<number, Pair>();
  #child: ChildProcess | undefined;
  /** None until the process has said how many it can carry: nothing waits for its start, and one that can't start takes nothing. */
  #room = 0;
  #next = 1;
  #closed = false;
  #upBytes = 0;
  #downBytes = 0;

  constructor(program: string) {
    this.#program = program;
  }

  get carried(): Splicer["carried"] {
    return { upBytes: this.#upBytes, downBytes: this.#downBytes };
  }

  take(client: Socket, upstream: Socket): boolean {
    const child = this.#closed ? undefined : this.#started();
    if (this.#held.size >= this.#room || !isIdle(client) || !isIdle(upstream)) return false;
    const handles = [handleOf(client), handleOf(upstream)];
    if (child === undefined || !handles.every((handle) => handle !== undefined)) return false;
    for (const socket of [client, upstream]) socket.pause();
    for (const handle of handles) handle.readStop();
    const id = this.#next++;
    this.#held.set(id, { client, upstream });
    for (const socket of [client, upstream]) this.#give(child, id, socket);
    return true;
  }

  close(): void {
    this.#closed = true;
    this.#child?.kill("SIGKILL");
    this.#end();
  }

  #give(child: ChildProcess, id: number, socket: Socket): void {
    // Else Node would have the other process take part in closing the listener. The listener goes on counting it as its own.
    Object.assign(socket, { server: null });
    child.send(String(id), socket, (error) => {
      if (error !== null) this.#drop(id);
    });
  }

  /** Started by the first connection that is worth it. */
  #started(): ChildProcess | undefined {
    if (this.#child !== undefined) return this.#child;
    const child = spawn(this.#program, ["splice"], {
      argv0: "cordon-init",
      cwd: "/",
      env: {},
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    const contained = containment(() => this.#end());
    const ended = contained(() => this.#end());
    child.on("error", ended);
    child.once("exit", ended);
    if (child.pid === undefined) {
      this.#closed = true;
      return undefined;
    }
    child.on(
      "message",
      contained((message) => this.#hear(message)),
    );
    child.unref();
    child.channel?.unref();
    this.#child = child;
    return child;
  }

  #hear(message: unknown): void {
    if (typeof message !== "object" || message === null) return;
    if ("room" in message && typeof message.room === "number") this.#room = message.room;
    if (!("closed" in message && typeof message.closed === "number")) return;
    if ("up" in message && typeof message.up === "number") this.#upBytes += message.up;
    if ("down" in message && typeof message.down === "number") this.#downBytes += message.down;
    this.#drop(message.closed);
  }

  #drop(id: number): void {
    const pair = this.#held.get(id);
    this.#held.delete(id);
    pair?.client.destroy();
    pair?.upstream.destroy();
  }

  /** Without the process its connections are gone, and later ones stay here. */
  #end(): void {
    this.#closed = true;
    this.#room = 0;
    for (const id of [...this.#held.keys()]) this.#drop(id);
  }
}

/** Open both ways, and everything that was read is written. */
function isIdle(socket: Socket): boolean {
  return (
    !socket.destroyed &&
    !socket.connecting &&
    !socket.readableEnded &&
    socket.writable &&
    socket.readableLength === 0 &&
    socket.writableLength === 0
  );
}

/** Node's own object behind a socket, if it is as it has been since Node 10. */
function handleOf(socket: Socket): Handle | undefined {
  const handle: unknown = "_handle" in socket ? socket._handle : undefined;
  if (typeof handle !== "object" || handle === null || !("readStop" in handle)) return undefined;
  const { readStop } = handle;
  return typeof readStop === "function" ? { readStop: () => void readStop.call(handle) } : undefined;
}
