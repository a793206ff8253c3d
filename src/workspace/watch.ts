// Hides denied names that appear on the host while the sandbox runs, or that are replaced there: a mask falls off when its file is
// replaced by renaming another one over it, as editors save. It only looks at names, never at content, and changes nothing.
import { readNumber } from "../host/probe/read.js";
import type { Plan } from "../plan/types.js";
import { deniedNames, type WatchedTree } from "./denied.js";
import { Finds } from "./finds.js";
import { TreeWatch } from "./tree-watch.js";

export interface NameWatch {
  /** Everything that was there has been looked at, and every folder is watched (or listed at intervals). */
  readonly ready: Promise<void>;
  stop(): Promise<void>;
}

export interface NameWatchOptions {
  /** When the plan's masks were put on, or earlier; what changed since is hidden again. Milliseconds since 1970. */
  readonly masksSinceMs?: number;
}

const SLICE_MS = 8;
const POLL_MS = 500;
const AGAIN_MS = 30_000;
/** Looking at everything again may take this share of the time. */
const AGAIN_SHARE = 0.01;
const SETTLE_MS = 200;
const CLOSE_AT_ONCE = 1000;
/** The kernel's clock for files ticks slower than the one that we read. */
const CLOCK_TICK_MS = 20;

/** `onFound` is called with each path to hide, as seen inside; for a replaced file again. */
export function startNameWatch(
  plan: Plan,
  onFound: (insidePath: string) => void,
  options: NameWatchOptions = {},
): NameWatch {
  const masksSinceMs = (options.masksSinceMs ?? Date.now()) - CLOCK_TICK_MS;
  const denies = plan.guard.names.some(({ kind }) => kind === "deny");
  const planned = new Set(plan.mounts.flatMap((mount) => (mount.kind === "mask" ? [mount.target] : [])));
  return new Watch(denies ? plan.guard.watch : [], (tree, wake) => {
    const { denies: deniesName } = deniedNames(plan, tree);
    const finds = new Finds({ tree, planned, masksSinceMs, hide: onFound });
    const watch: TreeWatch = new TreeWatch({
      ...wake,
      source: tree.source,
      denies: (rest, name) => deniesName(rest, name) || finds.isExact(rest),
      found: (rest, entry, event) => finds.tell(rest, { entry, event, link: (at) => watch.link(at) }),
      hopeless: (rest) => finds.hide(rest),
    });
    return watch;
  });
}

interface Wake {
  readonly wake: () => void;
  readonly counted: () => void;
}

/** Gives the trees their time, a slice at once, so that the supervisor goes on meanwhile. */
class Watch implements NameWatch {
  readonly ready: Promise<void>;
  readonly #trees: readonly TreeWatch[];
  readonly #queueLimit = (readNumber("/proc/sys/fs/inotify/max_queued_events") ?? 16_384) / 2;
  readonly #poll: NodeJS.Timeout;
  #again: { readonly timer: NodeJS.Timeout; readonly soon: boolean } | undefined;
  #becameReady: () => void = () => undefined;
  #working: NodeJS.Immediate | undefined;
  #workedMs = 0;
  #burst = 0;
  #stopped = false;

  constructor(trees: readonly WatchedTree[], start: (tree: WatchedTree, wake: Wake) => TreeWatch) {
    this.ready = new Promise((resolve) => {
      this.#becameReady = resolve;
    });
    const wake: Wake = { wake: () => this.#wake(), counted: () => this.#count() };
    this.#trees = trees.map((tree) => start(tree, wake));
    this.#poll = setInterval(() => this.#pollNow(), POLL_MS).unref();
    this.#wake();
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    clearInterval(this.#poll);
    clearTimeout(this.#again?.timer);
    clearImmediate(this.#working);
    this.#becameReady();
    let closed = 0;
    for (const tree of this.#trees) {
      for (const _ of tree.close()) if (++closed % CLOSE_AT_ONCE === 0) await new Promise(setImmediate);
    }
  }

  /** The kernel's queue of events is bounded and loses the rest in silence; so a flood is followed by a look at everything. */
  #count(): void {
    if (this.#burst++ === 0) {
      setImmediate(() => {
        this.#burst = 0;
      });
    }
    if (this.#burst > this.#queueLimit && this.#again?.soon !== true) this.#lookAgain(SETTLE_MS);
  }

  #lookAgain(afterMs: number): void {
    if (this.#stopped) return;
    clearTimeout(this.#again?.timer);
    const timer = setTimeout(() => {
      this.#again = undefined;
      this.#workedMs = 0;
      for (const tree of this.#trees) tree.again();
    }, afterMs).unref();
    this.#again = { timer, soon: afterMs === SETTLE_MS };
  }

  #pollNow(): void {
    if (this.#working === undefined) for (const tree of this.#trees) tree.poll();
  }

  #wake(): void {
    if (!this.#stopped) this.#working ??= setImmediate(() => this.#work());
  }

  #work(): void {
    this.#working = undefined;
    const startedAt = performance.now();
    const enough = () => performance.now() - startedAt > SLICE_MS;
    for (const tree of this.#trees) tree.work(enough);
    this.#workedMs += performance.now() - startedAt;
    if (this.#trees.some((tree) => !tree.idle)) {
      this.#wake();
    } else {
      this.#becameReady();
      if (this.#again === undefined) this.#lookAgain(Math.max(AGAIN_MS, this.#workedMs / AGAIN_SHARE));
    }
  }
}
