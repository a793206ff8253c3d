// How a run comes to its end: who asked for it, what became of the command, and the clock that sees it through. The first word counts:
// it must never forget why the supervisor ended a run itself.
import { Deadline } from "./deadline.js";
import { type Ending, type RunExit, runExit } from "./outcome.js";
import type { EndRequest } from "./service.js";

/** What the supervisor itself wants of the run's end. */
export type Asked = EndRequest | { readonly kind: "time-limit"; readonly message: string };

export interface Levers {
  /** A line to cordon-init. */
  readonly send: (line: string) => void;
  /** The last resort. */
  readonly kill: () => void;
  /** Lets everything inside go on, so that it can end. */
  readonly unpause: () => void;
}

const GRACE_MS = 5_000;
const KILL_MS = 2_000;

export class Conclusion {
  readonly #levers: Levers;
  readonly #deadline = new Deadline();
  // Not performance.now(): the first use of it loads a module of Node's.
  readonly #startedAt = process.hrtime.bigint();
  #ending: Ending | undefined;
  #asked: Asked | undefined;

  constructor(levers: Levers) {
    this.#levers = levers;
  }

  /** It is known how the run ends. */
  get certain(): boolean {
    return this.#ending !== undefined;
  }

  get asked(): Asked | undefined {
    return this.#asked;
  }

  /** The one thing that is waited for: the launch, later the time limit. */
  within(delayMs: number, otherwise: () => void): void {
    this.#deadline.set(delayMs, otherwise);
  }

  inTime(): void {
    this.#deadline.clear();
  }

  /** The time limit stands still while nothing inside runs; a grace period doesn't. */
  hold(): void {
    if (this.#asked === undefined && this.#ending === undefined) this.#deadline.hold();
  }

  release(): void {
    if (this.#asked === undefined && this.#ending === undefined) this.#deadline.release();
  }

  /** How the command ended. */
  told(ending: Ending): void {
    this.#ending ??= ending;
  }

  /** SIGTERM, the grace period, then the end of everything. false: somebody else has asked already; it can only get shorter now. */
  ask(asked: Asked): boolean {
    if (this.#ending !== undefined) return false;
    const first = this.#asked === undefined;
    const graceMs = "graceMs" in asked ? asked.graceMs : undefined;
    if (!first && graceMs === undefined) return false;
    this.#asked ??= asked;
    if (graceMs === 0) {
      this.kill();
      return first;
    }
    if (first) {
      this.#levers.send("signal 15");
      // A stopped command can't react to anything but this.
      this.#levers.send("signal 18");
      this.#levers.unpause();
    }
    this.#deadline.set(graceMs ?? GRACE_MS, () => this.kill());
    return first;
  }

  fail(message: string): void {
    this.#ending ??= { kind: "failed", message };
    this.kill();
  }

  /** The end of everything inside, whoever asked. */
  kill(asked?: Asked): void {
    if (asked !== undefined) this.#asked ??= asked;
    this.#levers.send("kill");
    this.#levers.unpause();
    this.#deadline.set(KILL_MS, () => this.#levers.kill());
  }

  /** Everything is dead. `problem`: cordon-init broke its protocol, or couldn't be started. */
  exit(problem: string | undefined): RunExit {
    this.#deadline.clear();
    const failed = { kind: "failed", message: problem ?? "cordon-init ended without a word" } as const;
    const ending = problem === undefined ? (this.#ending ?? failed) : failed;
    return runExit(ending, {
      durationMs: Number((process.hrtime.bigint() - this.#startedAt) / 1_000_000n),
      ...(this.#asked === undefined ? {} : { asked: this.#asked.kind, message: this.#asked.message }),
    });
  }
}
