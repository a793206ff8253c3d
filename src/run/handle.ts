// A run: what the supervisor knows of one sandbox from its launch to its end. The only writer of the run's events.
// It must never report an end before everything in the sandbox is dead.
import type { Readable, Writable } from "node:stream";
import { type Deferred, deferred } from "../core/deferred.js";
import { CordonError, messageOf, unreachable } from "../core/error.js";
import { Scope } from "../core/scope.js";
import { printable } from "../core/text.js";
import { EventBus } from "../events/bus.js";
import type { Event } from "../events/types.js";
import type { Artifact, Plan } from "../plan/types.js";
import { type Asked, Conclusion } from "./conclusion.js";
import { type ControlMessage, escapeWord } from "./control.js";
import type { RunEgress } from "./egress.js";
import { type RunExit, signalNumber } from "./outcome.js";
import { Pause } from "./pause.js";
import { InitProcess, type InitSpawn } from "./process.js";
import { eventOf, problemOf, startedEvent } from "./reports.js";
import type { Run, RunHooks } from "./run.js";
import type { Joining, RunControl, RunService, ServiceFactory } from "./service.js";
import { Services } from "./services.js";

export interface RunParts extends RunHooks {
  readonly id: string;
  readonly plan: Plan;
  readonly artifact: Artifact;
  readonly spawn: Omit<InitSpawn, "channel">;
  /** When the plan has a network. */
  readonly egress?: RunEgress;
  readonly beside: readonly ServiceFactory[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

const SETUP_MS = 30_000;
/** Who asks when nobody says so: the program that holds the handle. */
const OWNER = "the program that started the run";

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
  readonly #conclusion: Conclusion;
  readonly #pause: Pause;
  #stands = false;
  #opening = false;
  #went = false;
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
    const send = (line: string) => this.#init.send(line);
    this.#pause = new Pause({
      send,
      services: () => this.#beside,
      changed: (paused, by) => this.#onPause(paused, by),
    });
    this.#conclusion = new Conclusion({ send, kill: () => this.#init.kill(), unpause: () => this.#pause.lift() });
    this.#conclusion.within(SETUP_MS, () => this.#fail("the sandbox wasn't ready after 30 seconds"));
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

  pause(): Promise<void> {
    return this.#pauseBy(OWNER);
  }

  resume(): Promise<void> {
    return this.#pause.end(OWNER);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#conclusion.kill({ kind: "stopped", message: "disposed of" });
    await this.exit;
  }

  #onMessage(message: ControlMessage): void {
    const event = eventOf(message);
    if (event !== undefined) this.#bus.emit(this.#parts.egress?.secrets?.redact(event) ?? event);
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
        this.#conclusion.told(message);
        break;
      case "error":
      case "mask-failed":
        this.#fail(problemOf(message));
        break;
      case "dial-failed":
        this.#services.dialFailed(message.id, message.errno);
        break;
      case "paused":
      case "resumed":
        this.#pause.told();
        break;
      // The next is never said of a sandbox of one's own.
      case "waiting":
      case "continued":
      case "exec":
      case "protected":
      case "canary":
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
      if (this.#stands && this.#services.ready && !this.#opening && !this.#conclusion.certain) void this.#open();
    } catch (error) {
      this.#fail(messageOf(error));
    }
  }

  #makeBeside(): Promise<readonly RunService[]> {
    const { id, plan, artifact, beside, env, onNotice: notice = () => undefined } = this.#parts;
    const control = this.#control();
    const context = { id, plan, artifact, bus: this.#bus, scope: this.#scope, control, env, notice };
    return Promise.all(beside.map((make) => make(context)));
  }

  #control(): RunControl {
    const pause = this.#pause;
    return {
      signal: (signal) => this.signal(signal),
      end: (request) => this.#askToEnd(request),
      pause: (by) => this.#pauseBy(by),
      resume: (by) => pause.end(by),
      get paused() {
        return pause.paused;
      },
      standStill: (forMs) => pause.brief(forMs),
      attach: async (joining) => this.#attach(joining),
      traffic: () => this.#services.traffic,
      leases: () => this.#parts.egress?.secrets?.leases() ?? [],
      revokeSecret: (name, by) => this.#parts.egress?.secrets?.revoke(name, by) ?? false,
      fail: (message) => this.#fail(message),
      exit: this.exit,
    };
  }

  /** Published ports, limits and the record are there before the command is. */
  async #open(): Promise<void> {
    this.#opening = true;
    try {
      if (this.plan.network.publish.length > 0) await this.#services.publish();
      const beside = await this.#beside;
      for (const service of beside) await service.stands?.(this.#first);
      if (!this.#conclusion.certain) this.#go(beside);
    } catch (error) {
      this.#fail(messageOf(error));
    }
  }

  #go(beside: readonly RunService[]): void {
    this.#went = true;
    this.#services.startWatch();
    const { plan } = this.#parts;
    // Recorded before the command can do anything: a record that can't be written ends the run here.
    this.#bus.emit(startedEvent(plan, this.#parts.artifact));
    this.#conclusion.inTime();
    if (this.#conclusion.certain) return;
    this.#init.send("go");
    const { timeMs } = plan.limits;
    if (timeMs !== undefined) this.#conclusion.within(timeMs, () => this.#onTimeLimit(timeMs));
    for (const service of beside) service.went?.();
    this.#start.resolve();
  }

  #onTimeLimit(timeMs: number): void {
    this.#bus.emit({ type: "limit.hit", limit: "time", value: timeMs, action: "stopped" });
    this.#askToEnd({ kind: "time-limit", message: "the time limit was reached" });
  }

  async #pauseBy(by: string): Promise<void> {
    this.#requireRunning();
    await this.#pause.begin(by);
  }

  #attach({ by, command, terminal, path }: Joining): void {
    this.#requireRunning();
    const { closed } = this.#parts.artifact;
    if (closed !== undefined) throw new CordonError("run-refused", closed);
    if (this.#pause.paused) throw new CordonError("run-refused", "the run is paused", { hint: "cordon resume" });
    this.#bus.emit({ type: "run.attached", by, command, terminal });
    this.#init.send(`attach ${terminal ? 1 : 0} ${escapeWord(path)}`);
  }

  #requireRunning(): void {
    if (!this.#went) throw new CordonError("run-refused", "the command hasn't started yet");
    if (this.#conclusion.asked !== undefined || this.#conclusion.certain)
      throw new CordonError("run-refused", "the run is ending");
  }

  #onPause(paused: boolean, by: string): void {
    if (paused) this.#conclusion.hold();
    else this.#conclusion.release();
    this.#bus.emit(paused ? { type: "run.paused", by, mechanism: this.#pause.mechanism } : { type: "run.resumed", by });
  }

  #askToEnd(asked: Asked): void {
    const { message } = asked;
    const by = "by" in asked && asked.by !== undefined ? asked.by : OWNER;
    if (this.#conclusion.ask(asked) && this.#went && asked.kind === "stopped")
      this.#bus.emit({ type: "run.stopping", by, reason: message });
  }

  #fail(message: string): void {
    this.#conclusion.fail(message);
  }

  async #onEnded(problem: string | undefined): Promise<void> {
    const services = await this.#beside.catch(() => []);
    let exit = this.#conclusion.exit(problem);
    for (const service of services) exit = (await service.ended?.(exit)) ?? exit;
    const { code, signal, reason, durationMs } = exit;
    this.#pause.close();
    if (this.#went) {
      this.#bus.emit({ type: "run.exited", code, reason, durationMs, ...(signal === undefined ? {} : { signal }) });
    }
    await this.#scope.close();
    // Changes nothing for a command that was told to start.
    this.#start.reject(new CordonError("launch-failed", exit.message ?? "the sandbox couldn't be built"));
    this.#end.resolve(exit);
  }
}
