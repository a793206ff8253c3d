// A run that stands still: by its control group where it has one, else by SIGSTOP, which cordon-init sends. One request at a time; none
// may be left without an answer when the run ends.
import { type Deferred, deferred } from "../core/deferred.js";
import { CordonError } from "../core/error.js";
import type { RunService } from "./service.js";

export interface PauseParts {
  readonly send: (line: string) => void;
  readonly services: () => Promise<readonly RunService[]>;
  /** Called when everything inside stands still, and when it goes on again. */
  readonly changed: (paused: boolean, by: string) => void;
}

const ANSWER_MS = 5_000;

export class Pause {
  readonly #parts: PauseParts;
  #paused = false;
  #frozen: RunService | undefined;
  #last: Promise<void> = Promise.resolve();
  #answer: Deferred<void> | undefined;
  #over = false;
  /** cordon-init was asked to stop everything, and not yet to let it go on. */
  #asking = false;

  constructor(parts: PauseParts) {
    this.#parts = parts;
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** How a paused run is held. */
  get mechanism(): "control-group" | "signals" {
    return this.#frozen === undefined ? "signals" : "control-group";
  }

  begin(by: string): Promise<void> {
    return this.#turn(true, by);
  }

  end(by: string): Promise<void> {
    return this.#turn(false, by);
  }

  /** A short stop that nobody is told of. Those who want to pause or resume wait for its end. */
  brief(forMs: number): Promise<void> {
    const turn = this.#last.then(async () => {
      if (this.#over || this.#paused) return;
      await this.#asked("pause");
      await new Promise((resolve) => setTimeout(resolve, forMs));
      if (!this.#over) await this.#asked("resume");
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** cordon-init has done what it was asked for. */
  told(): void {
    this.#answer?.resolve();
  }

  /** The run is about to end, and what stands still can't. Nobody is told. */
  lift(): void {
    if (this.#frozen === undefined && this.#asking) this.#parts.send("resume");
    else void this.#frozen?.freeze?.(false).catch(() => undefined);
  }

  /** The run has ended. */
  close(): void {
    this.#over = true;
    this.#answer?.reject(ended());
  }

  #turn(pause: boolean, by: string): Promise<void> {
    const turn = this.#last.then(() => this.#change(pause, by));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #change(pause: boolean, by: string): Promise<void> {
    if (this.#over) throw ended();
    if (this.#paused === pause) return;
    if (pause) this.#frozen = await this.#freezer();
    else if (this.#frozen !== undefined) await this.#frozen.freeze?.(false);
    if (this.#frozen === undefined) await this.#asked(pause ? "pause" : "resume");
    if (!pause) this.#frozen = undefined;
    this.#paused = pause;
    this.#parts.changed(pause, by);
  }

  /** The service that has frozen the run, if one could. */
  async #freezer(): Promise<RunService | undefined> {
    for (const service of await this.#parts.services()) if ((await service.freeze?.(true)) === true) return service;
    return undefined;
  }

  async #asked(line: "pause" | "resume"): Promise<void> {
    const answer = deferred<void>();
    this.#answer = answer;
    if (line === "pause") this.#asking = true;
    const late = () => answer.reject(new CordonError("run-refused", `the sandbox didn't ${line} in time`));
    const timer = setTimeout(late, ANSWER_MS);
    try {
      this.#parts.send(line);
      await answer.promise;
      if (line === "resume") this.#asking = false;
    } finally {
      clearTimeout(timer);
      this.#answer = undefined;
    }
  }
}

function ended(): CordonError {
  return new CordonError("run-refused", "the run has ended");
}
