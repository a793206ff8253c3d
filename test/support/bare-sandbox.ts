// A sandbox of ops alone, with this process as its supervisor: for tests of what cordon-init does with the network, below plans and
// policies. The command is a Node script. Ends with the test.

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import type { Socket as UdpSocket } from "node:dgram";
import { EventEmitter, once } from "node:events";
import { lstatSync, readlinkSync } from "node:fs";
import { type Server, Socket } from "node:net";
import { join } from "node:path";
import { encodeOps } from "../../src/backends/common/ops.js";
import type { Op } from "../../src/plan/types.js";
import type { Identity } from "./identity.js";
import { ROOT } from "./repository.js";
import type { Cleanup } from "./stage.js";

const INIT = process.env["CORDON_INIT"] ?? join(ROOT, "native/out", process.arch, "cordon-init");
const NAMESPACES = 0x40000000 | 0x08000000;
const BIND = { exec: 2, directory: 4, optional: 16 } as const;
const LIMIT_MS = 60_000;

export interface BareOptions {
  readonly identity: Identity;
  /** CommonJS; what it prints on stdout as one JSON value is the result. */
  readonly script: string;
  readonly ops: readonly Op[];
  /** Ends setup: called before the command starts, with everything that came over the channel. */
  readonly ready?: (handles: ReadonlyMap<string, Server | UdpSocket>) => void;
}

export class BareSandbox {
  readonly #child: ChildProcess;
  readonly #control: Socket;
  readonly #lines: string[] = [];
  readonly #told = new EventEmitter();
  readonly #handles = new Map<string, Server | UdpSocket>();
  readonly #sockets = new Map<string, Socket>();
  readonly #output: Buffer[] = [];
  readonly #errors: Buffer[] = [];
  readonly #gone: Promise<unknown>;

  constructor(cleanup: Cleanup, options: BareOptions) {
    const [program = "", ...args] = options.identity.become([INIT, "launch"]);
    const stdio = ["ignore", "pipe", "pipe", "pipe", "pipe", "ipc"] as const;
    this.#child = spawn(program, args, { cwd: "/", env: {}, stdio: [...stdio] });
    this.#gone = once(this.#child, "close");
    const [, , , ops, control] = this.#child.stdio;
    assert.ok(ops instanceof Socket && control instanceof Socket);
    this.#control = control;
    this.#child.stdout?.on("data", (chunk: Buffer) => this.#output.push(chunk));
    this.#child.stderr?.on("data", (chunk: Buffer) => this.#errors.push(chunk));
    const expected = options.ops.filter(({ op }) => op === "listen").length;
    this.#child.on("message", (id, handle) => this.#take(String(id), handle));
    this.#listen();
    ops.end(encodeOps([...tree(options), ...options.ops, ...command(options.script)]));
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), LIMIT_MS);
    cleanup.after(async () => {
      clearTimeout(timer);
      this.#child.kill("SIGKILL");
      await this.#gone;
      for (const handle of this.#handles.values()) handle.close();
    });
    void this.#start(expected, options.ready ?? (() => undefined));
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** The sandbox's first process, as the host numbers it. */
  async first(): Promise<number> {
    return Number((await this.line(/^started /)).split(" ")[1]);
  }

  send(line: string): void {
    this.#control.write(`${line}\n`);
  }

  /** The first line that matches, once it was said. */
  line(pattern: RegExp): Promise<string> {
    return this.#until(() => this.#lines.find((line) => pattern.test(line)));
  }

  socket(id: string): Promise<Socket> {
    return this.#until(() => this.#sockets.get(id));
  }

  /** What the script has printed so far holds this. */
  printed(text: string): Promise<true> {
    return this.#until(() => (Buffer.concat(this.#output).includes(text) ? true : undefined));
  }

  async result(): Promise<unknown> {
    await this.#gone;
    const output = Buffer.concat(this.#output).toString("utf8");
    const told = `${this.#lines.join("\n")}\n${Buffer.concat(this.#errors).toString("utf8")}${output}`;
    assert.ok(this.#lines.includes("exit 0"), told);
    const result: unknown = JSON.parse(output.trim().split("\n").at(-1) ?? "");
    return result;
  }

  async #start(expected: number, ready: (handles: ReadonlyMap<string, Server | UdpSocket>) => void): Promise<void> {
    await this.first();
    await this.#until(() => (this.#handles.size === expected ? true : undefined));
    ready(this.#handles);
    this.send("go");
  }

  #take(id: string, handle: unknown): void {
    if (handle instanceof Socket)
      this.#sockets.set(
        id,
        handle.on("error", () => undefined),
      );
    // A server or a datagram socket: the test knows which it asked for.
    else this.#handles.set(id, handle as Server | UdpSocket);
    this.#told.emit("news");
  }

  #listen(): void {
    let rest = "";
    this.#control.on("error", () => undefined);
    this.#control.on("data", (chunk: Buffer) => {
      const lines = (rest + chunk.toString("latin1")).split("\n");
      rest = lines.pop() ?? "";
      this.#lines.push(...lines);
      this.#told.emit("news");
    });
    this.#child.stdout?.on("data", () => this.#told.emit("news"));
    this.#child.once("close", () => this.#told.emit("news"));
    this.#told.setMaxListeners(0);
  }

  async #until<Value>(look: () => Value | undefined): Promise<Value> {
    for (;;) {
      const value = look();
      if (value !== undefined) return value;
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        const errors = Buffer.concat(this.#errors).toString("utf8");
        throw new Error(`the sandbox has ended: ${this.#lines.join("; ")} ${errors}`);
      }
      await once(this.#told, "news");
    }
  }
}

function tree({ identity }: BareOptions): readonly Op[] {
  const root = identity.uid === 0;
  const folders = ["/usr", "/bin", "/lib", "/lib64"].flatMap((path): Op[] => {
    const link = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
    if (link) return [{ op: "symlink", fields: [path, readlinkSync(path)] }];
    return [{ op: "bind", fields: [path, path, BIND.exec | BIND.directory | BIND.optional] }];
  });
  return [
    { op: "namespaces", fields: [NAMESPACES] },
    { op: "identity", fields: [1000, 1000, root ? 65534 : identity.uid, root ? 65534 : identity.gid] },
    { op: "root", fields: [1 << 20] },
    ...folders,
    { op: "proc", fields: ["/proc"] },
    { op: "dev", fields: ["/dev"] },
    { op: "tmpfs", fields: ["/tmp", 0o1777, 1 << 24, 0] },
    { op: "bind", fields: [process.execPath, "/tmp/node", BIND.exec] },
  ];
}

function command(script: string): readonly Op[] {
  return [
    { op: "env", fields: ["PATH=/usr/bin:/bin"] },
    { op: "cwd", fields: ["/tmp"] },
    ...["/tmp/node", "-e", script].map((value) => ({ op: "arg", fields: [value] })),
  ];
}
