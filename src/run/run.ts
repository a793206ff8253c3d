// What a program holds of a sandboxed command, and what it can be told of it.
import type { Readable, Writable } from "node:stream";
import type { Event } from "../events/types.js";
import type { Plan } from "../plan/types.js";
import type { RunExit } from "./outcome.js";

/** A sandboxed command. Dispose of it (`await using`) or await `exit`. */
export interface Run extends AsyncDisposable {
  readonly id: string;
  readonly plan: Plan;
  /** Every event from the first on, for as many readers as there are; ends after `run.exited`. */
  readonly events: AsyncIterable<Event>;
  /** How it ended; never rejects. */
  readonly exit: Promise<RunExit>;
  /** The command's own ends, when `stdio` is `pipe`. */
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  /** Sends a signal to the command, as if it were not in a sandbox. */
  signal(signal: NodeJS.Signals | number): void;
  /** SIGTERM, and after five seconds the end of everything inside. */
  stop(reason?: string): Promise<RunExit>;
  /** Nothing inside runs any more when it settles; the time limit stands still. A paused run can be stopped. */
  pause(): Promise<void>;
  resume(): Promise<void>;
}

export interface RunHooks {
  /** Called for each event at once, before the run goes on. */
  readonly onEvent?: (event: Event) => void;
  /** The command was stopped by a signal (job control). */
  readonly onStopped?: (signal: number) => void;
  /** What the user should know and no event says: one line, not yet safe for a terminal. */
  readonly onNotice?: (text: string) => void;
}
