// The cordon-init process of one run: starts it, gives it the ops, exchanges control lines. It takes no decision about the run.
// It must never pass the supervisor's environment or any descriptor but the planned ones.
import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import type { Socket as UdpSocket } from "node:dgram";
import { Server, Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import { type ControlMessage, LineSplitter, parseControlLine } from "./control.js";

export type StdioChoice = "inherit" | "pipe" | "ignore" | number;

export interface InitSpawn {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly ops: Uint8Array;
  readonly stdio: readonly [StdioChoice, StdioChoice, StdioChoice];
  /** Whether listeners and connections will come over an IPC channel. */
  readonly channel: boolean;
}

export interface InitEvents {
  readonly message: (message: ControlMessage) => void;
  /** A listener, or a connection into the sandbox. */
  readonly handle: (id: string, handle: Server | UdpSocket | Socket) => void;
  /** Called once, after the last message. `problem` when the process broke the protocol or could not be started. */
  readonly ended: (problem: string | undefined) => void;
}

/** After the process is gone, what it wrote is there at once; this only bounds a broken kernel or a leaked descriptor. */
const LAST_WORDS_MS = 1000;

export class InitProcess {
  readonly #child: ChildProcess;
  readonly #control: Socket | undefined;
  readonly #events: InitEvents;
  #problem: string | undefined;
  #exited = false;
  #silent = false;
  #ended = false;

  constructor(options: InitSpawn, events: InitEvents) {
    this.#events = events;
    const [file = "", ...args] = options.argv;
    const stdio: StdioOptions = [...options.stdio, "pipe", "pipe", ...(options.channel ? (["ipc"] as const) : [])];
    // cwd "/": no folder of the user is held busy, and nothing is looked up relative to one.
    this.#child = spawn(file, args, { argv0: "cordon-init", cwd: "/", env: { ...options.env }, stdio });
    const [, , , ops, control] = this.#child.stdio;
    this.#control = control instanceof Socket ? control : undefined;
    if (ops instanceof Socket) this.#give(ops, options.ops);
    if (this.#control !== undefined) this.#listen(this.#control);
    if (options.channel) this.#child.on("message", (id, handle) => this.#handOver(id, handle));
    this.#child.once("error", (error) => this.#fail(error.message));
    this.#child.once("exit", () => this.#onExit());
    if (this.#child.pid === undefined) this.#silent = true;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get stdin(): Writable | null {
    return this.#child.stdin;
  }

  get stdout(): Readable | null {
    return this.#child.stdout;
  }

  get stderr(): Readable | null {
    return this.#child.stderr;
  }

  send(line: string): void {
    if (!this.#ended && this.#control?.writable === true) this.#control.write(`${line}\n`);
  }

  /** The last resort: cordon-init's own death ends the sandbox. */
  kill(): void {
    if (!this.#exited) this.#child.kill("SIGKILL");
  }

  #give(stream: Socket, ops: Uint8Array): void {
    // A process that died early leaves a broken pipe; its last words say why.
    stream.on("error", () => undefined);
    stream.end(ops);
  }

  #listen(control: Socket): void {
    const lines = new LineSplitter();
    control.on("error", () => undefined);
    control.on("data", (chunk: Buffer) => {
      for (const line of lines.push(chunk) ?? [undefined]) {
        const message = line === undefined ? undefined : parseControlLine(line);
        if (message === undefined) return this.#fail("cordon-init said something that isn't in its protocol");
        this.#events.message(message);
      }
    });
    control.once("close", () => {
      this.#silent = true;
      this.#finish();
    });
  }

  #handOver(id: unknown, handle: unknown): void {
    if (typeof id === "string" && (handle instanceof Server || handle instanceof Socket || isUdp(handle)))
      this.#events.handle(id, handle);
    else this.#fail("cordon-init passed something that isn't a listener");
  }

  #fail(problem: string): void {
    this.#problem ??= problem;
    this.#control?.destroy();
    this.kill();
    if (this.#child.pid === undefined) this.#onExit();
  }

  #onExit(): void {
    this.#exited = true;
    if (this.#child.connected) this.#child.disconnect();
    setTimeout(() => this.#control?.destroy(), LAST_WORDS_MS).unref();
    this.#finish();
  }

  #finish(): void {
    if (!this.#exited || !this.#silent || this.#ended) return;
    this.#ended = true;
    this.#events.ended(this.#problem);
  }
}

/** Not by its class: loading node:dgram for runs that have no network would cost each of them. */
function isUdp(handle: unknown): handle is UdpSocket {
  return (
    typeof handle === "object" && handle !== null && handle.constructor.name === "Socket" && "addMembership" in handle
  );
}
