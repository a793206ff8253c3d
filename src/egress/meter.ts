// Counts what the policy limits: rates, bytes and concurrent connections, of the run and of each rule. It must never forget or give back
// what was counted, and never keep more than one small record for each rule, however many connections there were.
//
// A rate N per span is a sliding window of exact instants folded into slots: in no span of that length are there more than N requests,
// and no burst above N at a border of two spans. A refused request isn't counted, so that who waits gets on.
import type { NetworkRule, PlannedNetwork } from "../plan/types.js";
import type { RateSetting } from "../policy/types.js";
import { exceeded } from "./decide/advice.js";
import type { CountingMeter, Denied } from "./types.js";

/** Enough for 2,000 tunnels at a time; each costs the supervisor two descriptors. */
export const DEFAULT_CONNECTIONS = 2048;

const HIT_INTERVAL_MS = 1000;

/** Slots of a window: a request is forgotten at most a 64th of the span later than it could be, never earlier. */
const SLOTS = 64;

export interface MeterOptions {
  /** A clock that never runs backwards. */
  readonly nowMs: () => number;
  /** Told once a second at most for each limit that refuses. */
  readonly hit: (limit: string, value: number) => void;
}

/** The last span in slots; a slot that begins at `n * slotMs` is forgotten when its last instant is a span ago. */
class Window {
  readonly #rate: RateSetting;
  readonly #slotMs: number;
  readonly #counts = new Map<number, number>();
  #total = 0;

  constructor(rate: RateSetting) {
    this.#rate = rate;
    this.#slotMs = Math.max(1, rate.perMs / SLOTS);
  }

  get limit(): number {
    return this.#rate.count;
  }

  hasRoom(nowMs: number): boolean {
    for (const [slot, count] of this.#counts) {
      // Insertion order is time's order: the first that is recent ends it.
      if ((slot + 1) * this.#slotMs + this.#rate.perMs > nowMs) break;
      this.#counts.delete(slot);
      this.#total -= count;
    }
    return this.#total < this.#rate.count;
  }

  add(nowMs: number): void {
    const slot = Math.floor(nowMs / this.#slotMs);
    this.#counts.set(slot, (this.#counts.get(slot) ?? 0) + 1);
    this.#total++;
  }
}

/** Tells of hits, each kind once a second at most. Kinds are few: those of the run, and one of each rule. */
class Hits {
  readonly #options: MeterOptions;
  readonly #told = new Map<string, number>();

  constructor(options: MeterOptions) {
    this.#options = options;
  }

  tell(limit: string, value: number): void {
    const nowMs = this.#options.nowMs();
    const last = this.#told.get(limit);
    if (last !== undefined && nowMs - last < HIT_INTERVAL_MS) return;
    this.#told.set(limit, nowMs);
    this.#options.hit(limit, value);
  }
}

class NetworkMeter implements CountingMeter {
  readonly #limits: PlannedNetwork["limits"];
  readonly #options: MeterOptions;
  readonly #hits: Hits;
  readonly #all: Window | undefined;
  readonly #rules = new Map<string, Window>();
  #connections = 0;
  #uploaded = 0;
  #downloaded = 0;

  constructor(network: PlannedNetwork, options: MeterOptions) {
    this.#limits = network.limits;
    this.#options = options;
    this.#hits = new Hits(options);
    this.#all = this.#limits.requests === undefined ? undefined : new Window(this.#limits.requests);
    // The rules of one `github` line share its rate.
    for (const { origin, rate } of network.rules) {
      if (rate !== undefined && !this.#rules.has(origin)) this.#rules.set(origin, new Window(rate));
    }
  }

  get counts(): CountingMeter["counts"] {
    return { connections: this.#connections, uploadedBytes: this.#uploaded, downloadedBytes: this.#downloaded };
  }

  connection(): Denied | { readonly allowed: true; readonly release: () => void } {
    const most = this.#limits.connections ?? DEFAULT_CONNECTIONS;
    if (this.#connections >= most) return this.#refuse("connections", "network.limits.connections", most);
    this.#connections++;
    let held = true;
    const release = () => {
      if (held) this.#connections--;
      held = false;
    };
    return { allowed: true, release };
  }

  request(rule: NetworkRule | undefined): Denied | undefined {
    const nowMs = this.#options.nowMs();
    const own = rule === undefined ? undefined : this.#rules.get(rule.origin);
    if (this.#all !== undefined && !this.#all.hasRoom(nowMs))
      return this.#refuse("rate", "network.limits.requests", this.#all.limit);
    if (own !== undefined && rule !== undefined && !own.hasRoom(nowMs))
      return this.#refuse("rate", `${rule.origin}.rate`, own.limit, rule);
    this.#all?.add(nowMs);
    own?.add(nowMs);
    return undefined;
  }

  upload(bytes: number, rule?: NetworkRule, transferred?: number): Denied | undefined {
    const { uploadBytes } = this.#limits;
    this.#uploaded += counted(bytes);
    if (uploadBytes !== undefined && this.#uploaded > uploadBytes)
      return this.#refuse("quota", "network.limits.upload", uploadBytes);
    const most = rule?.maxUploadBytes;
    if (rule !== undefined && most !== undefined && !((transferred ?? bytes) <= most))
      return this.#refuse("quota", `${rule.origin}.maxUpload`, most, rule);
    return undefined;
  }

  download(bytes: number): Denied | undefined {
    const { downloadBytes } = this.#limits;
    this.#downloaded += counted(bytes);
    if (downloadBytes === undefined || this.#downloaded <= downloadBytes) return undefined;
    return this.#refuse("quota", "network.limits.download", downloadBytes);
  }

  #refuse(code: "rate" | "quota" | "connections", limit: string, value: number, rule?: NetworkRule): Denied {
    this.#hits.tell(limit, value);
    return exceeded(code, { limit, value }, rule);
  }
}

/** A count that isn't one is as if everything had been used. */
function counted(bytes: number): number {
  return bytes >= 0 ? bytes : Number.POSITIVE_INFINITY;
}

export function makeMeter(network: PlannedNetwork, options: MeterOptions): CountingMeter {
  return new NetworkMeter(network, options);
}
