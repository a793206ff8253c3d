// Hands the signals that Cordon gets to the sandboxed command, so that Cordon can be treated as if it were the command. What comes
// before the command has started is kept for it.
import type { Run } from "../run/run.js";

const FORWARDED = [
  "SIGINT",
  "SIGTERM",
  "SIGHUP",
  "SIGQUIT",
  "SIGUSR1",
  "SIGUSR2",
  "SIGWINCH",
  "SIGCONT",
  "SIGTSTP",
] as const;

type Signal = (typeof FORWARDED)[number];

export class SignalRelay {
  #run: Pick<Run, "signal"> | undefined;
  readonly #pending: Signal[] = [];

  constructor() {
    for (const signal of FORWARDED) process.on(signal, () => this.#forward(signal));
  }

  attach(run: Pick<Run, "signal">): void {
    this.#run = run;
    for (const signal of this.#pending.splice(0)) run.signal(signal);
  }

  /** The command was stopped: so is Cordon, and the user's shell takes over. Being continued, it continues the command. */
  stopSelf(): void {
    process.kill(process.pid, "SIGSTOP");
  }

  #forward(signal: Signal): void {
    if (this.#run !== undefined) this.#run.signal(signal);
    else if (this.#pending.length < FORWARDED.length) this.#pending.push(signal);
  }
}
