// The load generator of bench/c: compiled when the benchmark starts, one server for all, and an agent beside each kind of client. It must
// never wait for an answer without a limit.
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { failure } from "../programs.js";

export interface Measured {
  readonly samples: number;
  readonly failed: number;
  readonly perSecond: number;
  readonly p50us: number;
  readonly p99us: number;
  readonly mbPerSecond: number;
  readonly problem?: string;
}

export type Via = "direct" | "connect" | "socks" | "absolute";
export type Flavour = "raw" | "http" | "https";

/** How a client gets to the server. */
export interface Way {
  readonly via: Via;
  readonly flavour: Flavour;
  readonly proxyPort?: number;
  readonly host: string;
  readonly port: number;
}

export interface Task {
  readonly kind: "first" | "rtt" | "rate" | "down" | "up" | "hold";
  readonly streams: number;
  readonly seconds: number;
}

const ANSWER_MS = 120_000;

/** The program's path, or throws with the compiler's words. */
export function compileLoad(sources: string, folder: string): string {
  const program = join(folder, "load");
  const files = readdirSync(sources)
    .filter((name) => name.endsWith(".c"))
    .map((name) => join(sources, name));
  const argv = ["cc", "-O2", "-Wall", "-Wextra", "-o", program, ...files, "-lssl", "-lcrypto", "-lpthread"];
  const problem = failure(argv);
  if (problem !== undefined) throw new Error(`the load generator needs cc and libssl-dev: ${problem}`);
  return program;
}

/** A program of lines: each question has one line of answer. */
export class Lines {
  readonly process: ChildProcess;
  readonly #waiting: ((line: string | undefined) => void)[] = [];
  #errors = "";

  constructor(argv: readonly string[], options: { readonly cwd?: string } = {}) {
    const [file = "", ...args] = argv;
    this.process = spawn(file, args, { stdio: ["pipe", "pipe", "pipe"], ...options });
    const { stdin, stdout, stderr } = this.process;
    if (stdin === null || stdout === null || stderr === null) throw new Error("it has no pipes");
    createInterface({ input: stdout }).on("line", (line) => this.#waiting.shift()?.(line));
    stderr.on("data", (chunk: Buffer) => {
      this.#errors = `${this.#errors}${chunk.toString()}`.slice(-2000);
    });
    stdin.on("error", () => undefined);
    this.process.once("error", (error) => this.#ended(error.message));
    this.process.once("close", () => this.#ended(""));
  }

  get errors(): string {
    return this.#errors.trim();
  }

  line(): Promise<string> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no answer in time. ${this.errors}`)), ANSWER_MS);
      this.#waiting.push((line) => {
        clearTimeout(timer);
        if (line === undefined) reject(new Error(`it ended. ${this.errors}`));
        else resolve(line);
      });
    });
  }

  ask(question: string): Promise<string> {
    const answer = this.line();
    this.process.stdin?.write(`${question}\n`);
    return answer;
  }

  /** Ends with its input. */
  close(): void {
    this.process.stdin?.end();
  }

  #ended(message: string): void {
    this.#errors += message;
    for (const tell of this.#waiting.splice(0)) tell(undefined);
  }
}

export async function ask(agent: Lines, task: Task, way: Way): Promise<Measured> {
  const proxy = way.proxyPort === undefined ? "- -" : `127.0.0.1 ${way.proxyPort}`;
  const { kind, streams, seconds } = task;
  const line = `${kind} ${streams} ${seconds} ${way.via} ${proxy} ${way.host} ${way.port} ${way.flavour}`;
  // Written by our own program.
  const answer: Measured = JSON.parse(await agent.ask(line));
  return answer;
}
