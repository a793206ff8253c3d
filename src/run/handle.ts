// A run: what the supervisor knows of one sandbox from its launch to its end. The only writer of the run's events.
// It must never report an end before everything in the sandbox is dead, nor forget why it ended a run itself.
import type { Readable, Writable } from "node:stream";
import { type Deferred, deferred } from "../core/deferred.js";
import { CordonError, messageOf, unreachable } from "../core/error.js";
import { Scope } from "../core/scope.js";
import { printable } from "../core/text.js";
import { EventBus } from "../events/bus.js";
import type { Event, EventDraft } from "../events/types.js";
import type { Artifact, Plan } from "../plan/types.js";
import { type ControlMessage, escapeWord } from "./control.js";
import { Deadline } from "./deadline.js";
import type { RunEgress } from "./egress.js";
import { type Ending, type RunExit, runExit, signalNumber } from "./outcome.js";
import { InitProcess, type InitSpawn } from "./process.js";
import { eventOf, problemOf } from "./reports.js";
import type { EndRequest, RunService, ServiceFactory } from "./service.js";
import { Services } from "./services.js";

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
}

export interface RunHooks {
  /** Called for each event at once, before the run goes on. */
  readonly onEvent?: (event: Event) => void;
  /** The command was stopped by a signal (job control). */
  readonly onStopped?: (signal: number) => void;
}

export interface RunParts extends RunHooks {
  readonly id: string;
  readonly plan: Plan;
  readonly artifact: Artifact;
  readonly spawn: Omit<InitSpawn, "channel">;
  /** When the plan has a network. */
  readonly egress?: RunEgress;
  readonly beside: readonly ServiceFactory[];
}

/** What the supervisor itself wants of the run's end. */
type Asked = EndRequest | { readonly kind: "time-limit"; readonly message: string };

const SETUP_MS = 30_000;
const GRACE_MS = 5_000;
const KILL_MS = 2_000;

export class RunHandle implements Run {
  readonly id: string;
  readonly plan: Plan;
  readonly exit: Promise<RunExit>;
  /** Settles when the command was told to start, or rejects with why it wasn't. */
  readonly started: Promise<void>;
  readonly #parts: RunParts;
  readonly #bus: EventBus;
  readonly #scope = new Scope();
  readonly #services: Services;
  readonly #init: InitProcess;
  readonly #start: Deferred<void> = deferred();
  readonly #end: Deferred<RunExit> = deferred();
  // Not performance.now(): the first use of it loads a module of Node's.
  readonly #startedAt = process.hrtime.bigint();
  readonly #deadline = new Deadline();
  #stands = false;
  #opening = false;
  #went = false;
  #ending: Ending | undefined;
  #asked: Asked | undefined;
  #first = 0;
  readonly #beside: Promise<readonly RunService[]>;

  constructor(parts: RunParts) {
    this.#parts = parts;
    this.id = parts.id;
    this.plan = parts.plan;
    this.exit = this.#end.promise;
    this.started = this.#start.promise;
    this.#bus = new EventBus({ run: parts.id });
    this.#scope.defer("event stream", () => this.#bus.close());
    if (parts.onEvent !== undefined) this.#bus.subscribe(parts.onEvent);
    this.#services = new Services(parts.artifact.services, {
      plan: parts.plan,
      bus: this.#bus,
      scope: this.#scope,
      egress: parts.egress,
      dial: (id, port) => this.#init.send(`dial ${id} ${port}`),
      mask: (path) => this.#init.send(`mask ${escapeWord(path)}`),
    });
    this.#deadline.set(SETUP_MS, () => this.#fail("the sandbox wasn't ready after 30 seconds"));
    this.#scope.defer("timer", () => this.#deadline.clear());
    this.#init = new InitProcess(
      { ...parts.spawn, channel: this.#services.needsChannel },
      {
        message: (message) => this.#onMessage(message),
        handle: (id, handle) => this.#guarded(() => this.#services.accept(id, handle)),
        ended: (problem) => void this.#onEnded(problem),
      },
    );
    this.#beside = this.#makeBeside();
    // Awaited once the sandbox stands; a failure before that must not count as one that nobody handles.
    this.#beside.catch(() => undefined);
  }

  get events(): AsyncIterable<Event> {
    return { [Symbol.asyncIterator]: () => this.#bus.read() };
  }

  get stdin(): Writable | null {
    return this.#init.stdin;
  }

  get stdout(): Readable | null {
    return this.#init.stdout;
  }

  get stderr(): Readable | null {
    return this.#init.stderr;
  }

  signal(signal: NodeJS.Signals | number): void {
    const number = signalNumber(signal);
    if (number === undefined) throw new CordonError("usage", `there is no signal ${printable(String(signal))}`);
    this.#init.send(`signal ${number}`);
  }

  stop(reason = "stopped"): Promise<RunExit> {
    this.#askToEnd({ kind: "stopped", message: reason });
    return this.exit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#asked ??= { kind: "stopped", message: "disposed of" };
    this.#killSoon();
    await this.exit;
  }

  #onMessage(message: ControlMessage): void {
    const event = eventOf(message);
    if (event !== undefined) this.#bus.emit(event);
    switch (message.kind) {
      case "started":
        this.#stands = true;
        this.#first = message.pid;
        this.#guarded(() => this.#services.stands());
        break;
      case "stopped":
        this.#parts.onStopped?.(message.signal);
        break;
      case "exec-failed":
      case "exit":
      case "signal":
        // After `exec-failed` an `exit` follows, which only repeats its status.
        this.#ending ??= message;
        break;
      case "error":
      case "mask-failed":
        this.#fail(problemOf(message));
        break;
      case "dial-failed":
        this.#services.dialFailed(message.id, message.errno);
        break;
      case "continued":
      case "protected":
      case "masked":
        break;
      default:
        unreachable(message);
    }
  }

  /** Does a step of the launch and goes on when nothing is missing any more; an error ends the run. */
  #guarded(step: () => void): void {
    try {
      step();
      if (this.#stands && this.#services.ready && !this.#opening && this.#ending === undefined) void this.#open();
    } catch (error) {
      this.#fail(messageOf(error));
    }
  }

  #makeBeside(): Promise<readonly RunService[]> {
    const { id, plan, artifact, beside } = this.#parts;
    const control = {
      signal: (signal: NodeJS.Signals | number) => this.signal(signal),
      end: (request: EndRequest) => this.#askToEnd(request),
      fail: (message: string) => this.#fail(message),
      exit: this.exit,
    };
    const context = { id, plan, artifact, bus: this.#bus, scope: this.#scope, control };
    return Promise.all(beside.map((make) => make(context)));
  }

  /** Published ports, limits and the record are there before the command is. */
  async #open(): Promise<void> {
    this.#opening = true;
    try {
      if (this.plan.network.publish.length > 0) await this.#services.publish();
      const beside = await this.#beside;
      for (const service of beside) await service.stands?.(this.#first);
      if (this.#ending === undefined) this.#go(beside);
    } catch (error) {
      this.#fail(messageOf(error));
    }
  }

  #go(beside: readonly RunService[]): void {
    this.#went = true;
    this.#services.startWatch();
    const { plan } = this.#parts;
    // Recorded before the command can do anything: a record that can't be written ends the run here.
    this.#bus.emit(this.#startedEvent());
    this.#deadline.clear();
    if (this.#ending !== undefined) return;
    this.#init.send("go");
    const { timeMs } = plan.limits;
    if (timeMs !== undefined) this.#deadline.set(timeMs, () => this.#onTimeLimit(timeMs));
    for (const service of beside) service.went?.();
    this.#start.resolve();
  }

  #startedEvent(): EventDraft {
    const { plan, artifact } = this.#parts;
    return {
      type: "run.started",
      name: plan.name,
      backend: artifact.backend,
      command: plan.command.argv,
      workspace: plan.workspace.source,
      policy: plan.policy,
      get plan() {
        return plan.digest;
      },
      enforcement: artifact.enforcement,
    };
  }

  #onTimeLimit(timeMs: number): void {
    this.#bus.emit({ type: "limit.hit", limit: "time", value: timeMs, action: "stopped" });
    this.#askToEnd({ kind: "time-limit", message: "the time limit was reached" });
  }

  #askToEnd(asked: Asked): void {
    if (this.#asked !== undefined || this.#ending !== undefined) return;
    this.#asked = asked;
    this.#init.send("signal 15");
    // A stopped command can't react to anything but this.
    this.#init.send("signal 18");
    this.#deadline.set(GRACE_MS, () => this.#killSoon());
  }

  #fail(message: string): void {
    this.#ending ??= { kind: "failed", message };
    this.#killSoon();
  }

  #killSoon(): void {
    this.#init.send("kill");
    this.#deadline.set(KILL_MS, () => this.#init.kill());
  }

  async #onEnded(problem: string | undefined): Promise<void> {
    const failed = { kind: "failed", message: problem ?? "cordon-init ended without a word" } as const;
    const ending = problem === undefined ? (this.#ending ?? failed) : failed;
    const exit = runExit(ending, {
      durationMs: Number((process.hrtime.bigint() - this.#startedAt) / 1_000_000n),
      ...(this.#asked === undefined ? {} : { asked: this.#asked.kind, message: this.#asked.message }),
    });
    const { code, signal, reason, durationMs } = exit;
    if (this.#went) {
      this.#bus.emit({ type: "run.exited", code, reason, durationMs, ...(signal === undefined ? {} : { signal }) });
    }
    await this.#scope.close();
    if (!this.#went)
      this.#start.reject(new CordonError("launch-failed", exit.message ?? "the sandbox couldn't be built"));
    this.#end.resolve(exit);
  }
}
