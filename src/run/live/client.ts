// The other end of a run's control socket: one connection, requests and their answers. It believes a socket only in a folder that is the
// user's alone, and waits for nothing without end.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { CordonError, type ErrorCode } from "../../core/error.js";
import type { RunFolder } from "./folder.js";
import { type Answer, type Ask, encode, Lines, MAX_ANSWER_BYTES, parseAnswer, VERSION } from "./wire.js";

const ANSWER_MS = 10_000;
const CODES: readonly ErrorCode[] = ["usage", "run-refused"];

export class RunLink {
  readonly #socket: Socket;
  readonly #lines = new Lines(MAX_ANSWER_BYTES);
  readonly #answers: Answer[] = [];
  #wake: () => void = () => undefined;
  #closed = false;
  #id = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk) => this.#read(chunk));
    socket.on("error", () => undefined);
    socket.once("close", () => {
      this.#closed = true;
      this.#wake();
    });
  }

  /** undefined: nobody answers there. */
  static async open(folder: RunFolder, waitMs = 2000): Promise<RunLink | undefined> {
    if (!folder.hasSocket()) return undefined;
    const socket = connect(folder.socketPath);
    try {
      await once(socket, "connect", { signal: AbortSignal.timeout(waitMs) });
      return new RunLink(socket);
    } catch {
      socket.destroy();
      return undefined;
    }
  }

  async ask(ask: Exclude<Ask, { do: "events" }>, waitMs = ANSWER_MS): Promise<Readonly<Record<string, unknown>>> {
    const id = this.#send(ask);
    const answer = await this.#next(id, waitMs);
    if ("ok" in answer && typeof answer.ok === "object" && answer.ok !== null) return { ...answer.ok };
    throw strange();
  }

  /** Each event of the run from a number on; with `follow` until the run ends or the link is closed. */
  async *events(from: number, follow: boolean): AsyncGenerator<Readonly<Record<string, unknown>>, void, undefined> {
    const id = this.#send({ do: "events", from, follow });
    for (;;) {
      const answer = await this.#next(id, follow ? undefined : ANSWER_MS);
      if (!("event" in answer)) return;
      if (typeof answer.event !== "object" || answer.event === null) throw strange();
      // The reader's pace is the run's bound, not this process's memory.
      if (this.#answers.length > 1000) this.#socket.pause();
      else if (this.#answers.length === 0) this.#socket.resume();
      yield { ...answer.event };
    }
  }

  /** The run hasn't closed it. */
  get open(): boolean {
    return !this.#closed;
  }

  close(): void {
    this.#socket.destroy();
  }

  #send(ask: Ask): number {
    this.#id += 1;
    this.#socket.write(encode({ v: VERSION, id: this.#id, ...ask }));
    return this.#id;
  }

  async #next(id: number, waitMs: number | undefined): Promise<Answer> {
    let late = false;
    const expire = () => {
      late = true;
      this.#wake();
    };
    const timer = waitMs === undefined ? undefined : setTimeout(expire, waitMs);
    try {
      for (;;) {
        const answer = this.#answers.shift();
        if (answer !== undefined && "error" in answer) throw refusal(answer.error);
        if (answer?.id === id) return answer;
        if (answer !== undefined) continue;
        if (this.#closed) throw new CordonError("run-refused", "the run has ended");
        if (late) throw new CordonError("run-refused", "the run doesn't answer");
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #read(chunk: Uint8Array): void {
    const answers = this.#lines.push(chunk)?.map((line) => parseAnswer(line));
    if (answers === undefined || answers.includes(undefined)) this.#socket.destroy();
    for (const answer of answers ?? []) if (answer !== undefined) this.#answers.push(answer);
    if (this.#answers.length > 1000) this.#socket.pause();
    this.#wake();
  }
}

function refusal({ code, message }: { readonly code: string; readonly message: string }): CordonError {
  return new CordonError(CODES.find((each) => each === code) ?? "run-refused", message);
}

function strange(): CordonError {
  return new CordonError("run-refused", "the run's answer can't be understood");
}
