// One run's event stream: numbers and dates each event, tells subscribers at once and readers at their own pace.
// It must never grow without bound and never lose an event for a reader without telling it.
import { deferred } from "../core/deferred.js";
import { CordonError } from "../core/error.js";
import type { Event, EventDraft } from "./types.js";

/** Called for each event as it happens; what it throws ends nothing but its own subscription. */
export type Subscriber = (event: Event) => void;

/** The one that must have each event before anything else happens: the record. */
export interface Recorder {
  /** Throws when the event can't be recorded. */
  record(event: Event): void;
  /** Called once, with the first thing that `record` threw; events go on without it. */
  failed(error: unknown): void;
}

export interface EventBusOptions {
  readonly run: string;
  readonly now?: () => Date;
  /** How many past events a slow or late reader can still get. */
  readonly backlog?: number;
}

export class EventBus {
  readonly #run: string;
  readonly #now: () => Date;
  readonly #limit: number;
  readonly #subscribers = new Set<Subscriber>();
  readonly #waiting = new Set<() => void>();
  #recorder: Recorder | undefined;
  #backlog: Event[] = [];
  #seq = 0;
  #closed = false;

  constructor(options: EventBusOptions) {
    this.#run = options.run;
    this.#now = options.now ?? (() => new Date());
    this.#limit = options.backlog ?? 4096;
  }

  /** Adds an event; nothing is taken any more once the bus is closed. */
  emit(draft: EventDraft): void {
    if (this.#closed) return;
    this.#seq += 1;
    const event = this.#dated(draft);
    this.#backlog.push(event);
    // Twice the limit before cutting, so that a full backlog doesn't cost a copy for every event.
    if (this.#backlog.length >= this.#limit * 2) this.#backlog = this.#backlog.slice(-this.#limit);
    this.#record(event);
    for (const subscriber of this.#subscribers) this.#tell(subscriber, event);
    this.#wake();
  }

  #dated(draft: EventDraft): Event {
    const base = { seq: this.#seq, time: this.#now().toISOString(), run: this.#run };
    // Whose digest is computed when it is read: not for events that nobody reads. All others are plain, and many.
    if (draft.type !== "run.started") return { ...base, ...draft };
    return Object.defineProperties(base, Object.getOwnPropertyDescriptors(draft)) as Event;
  }

  /** From now on each event is recorded before anybody else is told of it; those that there were already, at once. */
  recordTo(recorder: Recorder): void {
    if (this.#recorder !== undefined) throw new CordonError("internal", "there is one record for a run");
    this.#recorder = recorder;
    for (const event of this.#backlog) this.#record(event);
  }

  subscribe(subscriber: Subscriber): () => void {
    this.#subscribers.add(subscriber);
    return () => this.#subscribers.delete(subscriber);
  }

  /** Readers get what is left and then end. */
  close(): void {
    this.#closed = true;
    this.#subscribers.clear();
    this.#wake();
  }

  /** The number of the oldest event that can still be read. */
  get first(): number {
    return this.#backlog[0]?.seq ?? this.#seq + 1;
  }

  /** The number of the newest one; 0 when there was none. */
  get last(): number {
    return this.#seq;
  }

  /** Every event from one on. Throws when the reader is so slow that events had to be dropped. */
  async *read(from = 1, signal?: AbortSignal): AsyncGenerator<Event, void, undefined> {
    let next = from;
    while (signal?.aborted !== true) {
      const { first } = this;
      if (next < first) throw new CordonError("internal", `events ${next} to ${first - 1} were not read in time`);
      const event = this.#backlog[next - first];
      if (event !== undefined) {
        next += 1;
        yield event;
      } else if (this.#closed) return;
      else await this.#news(signal);
    }
  }

  async #news(signal: AbortSignal | undefined): Promise<void> {
    const news = deferred<undefined>();
    const wake = () => news.resolve(undefined);
    this.#waiting.add(wake);
    signal?.addEventListener("abort", wake, { once: true });
    await news.promise;
    this.#waiting.delete(wake);
    signal?.removeEventListener("abort", wake);
  }

  #record(event: Event): void {
    const recorder = this.#recorder;
    if (recorder === undefined) return;
    try {
      recorder.record(event);
    } catch (error) {
      this.#recorder = undefined;
      recorder.failed(error);
    }
  }

  #tell(subscriber: Subscriber, event: Event): void {
    try {
      subscriber(event);
    } catch {
      this.#subscribers.delete(subscriber);
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}
