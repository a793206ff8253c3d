// A command that joins a running sandbox, seen from the terminal that it was asked for at: the same program as at a launch relays terminal
// and signals, and the run's own cordon-init does the rest. It must never give the command anything but its words and descriptors 0 to 2.
import { randomBytes } from "node:crypto";
import { posix } from "node:path";
import { encodeOps } from "../../backends/common/ops.js";
import { deferred } from "../../core/deferred.js";
import { CordonError, messageOf } from "../../core/error.js";
import type { ControlMessage } from "../control.js";
import { type Ending, type RunExit, runExit, signalNumber } from "../outcome.js";
import { InitProcess, type StdioChoice } from "../process.js";
import { problemOf } from "../reports.js";
import type { RunLink } from "./client.js";
import type { RunFolder } from "./folder.js";

export interface AttachRequest {
  readonly folder: RunFolder;
  readonly link: RunLink;
  /** The cordon-init to use here. */
  readonly program: string;
  readonly command: readonly string[];
  /** One of descriptors 0 to 2 is a terminal. */
  readonly terminal: boolean;
  readonly stdio: readonly [StdioChoice, StdioChoice, StdioChoice];
  /** Who asks, for the run's record. */
  readonly by: string;
  readonly onStopped?: (signal: number) => void;
}

export class Attachment {
  /** How the command ended; never rejects. */
  readonly exit: Promise<RunExit>;
  readonly #request: AttachRequest;
  readonly #socket = `attach-${randomBytes(4).toString("hex")}`;
  readonly #init: InitProcess;
  readonly #startedAt = process.hrtime.bigint();
  readonly #end = deferred<RunExit>();
  #ending: Ending | undefined;

  constructor(request: AttachRequest) {
    this.#request = request;
    this.exit = this.#end.promise;
    const { folder, program, command, terminal, stdio } = request;
    this.#init = new InitProcess(
      {
        argv: [program, "attach"],
        env: {},
        ops: encodeOps([
          { op: "meet", fields: [posix.join(folder.path, this.#socket)] },
          ...(terminal ? [{ op: "tty", fields: [] }] : []),
          ...command.map((word) => ({ op: "arg", fields: [word] })),
        ]),
        stdio,
        channel: false,
      },
      {
        message: (message) => this.#onMessage(message),
        handle: () => undefined,
        ended: (problem) => this.#onEnded(problem),
      },
    );
  }

  signal(signal: NodeJS.Signals | number): void {
    const number = signalNumber(signal);
    if (number !== undefined) this.#init.send(`signal ${number}`);
  }

  #onMessage(message: ControlMessage): void {
    switch (message.kind) {
      case "waiting":
        void this.#askToJoin();
        break;
      case "started":
        this.#init.send("go");
        break;
      case "stopped":
        this.#request.onStopped?.(message.signal);
        break;
      case "exec-failed":
      case "exit":
      case "signal":
        this.#ending ??= message;
        break;
      case "error":
        this.#ending ??= { kind: "failed", message: problemOf(message) };
        break;
      default:
        break;
    }
  }

  async #askToJoin(): Promise<void> {
    const { link, by, terminal, command } = this.#request;
    try {
      await link.ask({ do: "attach", by, socket: this.#socket, terminal, command: shortened(command) });
    } catch (error) {
      const message = error instanceof CordonError ? error.toLine() : messageOf(error);
      this.#ending ??= { kind: "failed", message };
      this.#init.kill();
    }
  }

  #onEnded(problem: string | undefined): void {
    const failed = { kind: "failed", message: problem ?? "cordon-init ended without a word" } as const;
    const durationMs = Number((process.hrtime.bigint() - this.#startedAt) / 1_000_000n);
    this.#end.resolve(runExit(this.#ending ?? failed, { durationMs }));
  }
}

/** The record needs no megabyte of it. */
function shortened(command: readonly string[]): readonly string[] {
  const words = command.slice(0, 100).map((word) => word.slice(0, 400));
  return command.length > words.length ? [...words, "…"] : words;
}
