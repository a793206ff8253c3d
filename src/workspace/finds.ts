// What the watch of one tree has found: decides whether a denied entry needs to be hidden (again), and under which path inside.
// In doubt it hides: a mask too many does no harm.
import { dirname } from "node:path/posix";
import { joinPath, pathFrom, restOf } from "../plan/paths.js";
import { type ByteText, bytesOf, textOf, type WatchedTree } from "./denied.js";
import type { Entry } from "./place.js";

const MAX_FOUND = 65_536;
const MAX_HOPS = 8;
const MAX_EXACT = 4096;
/** cordon-init takes paths of 4095 bytes. */
const MAX_PATH_BYTES = 4000;

export interface FindsOptions {
  readonly tree: WatchedTree;
  /** Paths inside that the plan hides; done by `masksSinceMs`. */
  readonly planned: ReadonlySet<string>;
  readonly masksSinceMs: number;
  readonly hide: (insidePath: string) => void;
}

export class Finds {
  readonly #options: FindsOptions;
  /** Identity of what was hidden, by path. */
  readonly #hidden = new Map<ByteText, string>();
  /** Paths inside that are hidden for where they are: by the plan, or because a denied link leads there. */
  readonly #exact: Set<string>;

  constructor(options: FindsOptions) {
    this.#options = options;
    this.#exact = new Set(options.planned);
  }

  isExact(rest: ByteText): boolean {
    return this.#exact.size > 0 && this.#exact.has(this.#inside(rest) ?? "");
  }

  /** `event`: something happened to the name just now, so it may be another file than a moment ago. `link` reads a link. */
  tell(
    rest: ByteText,
    seen: { readonly entry: Entry; readonly event: boolean; readonly link: (rest: ByteText) => ByteText | undefined },
  ): void {
    const { entry, event, link } = seen;
    const covered = entry.kind === "symlink" ? this.#follow(rest, link) : [this.#inside(rest)];
    const before = this.#hidden.get(rest);
    const known = before === undefined ? this.#isPlanned(entry, covered) : before === entry.identity;
    if (this.#hidden.size >= MAX_FOUND) this.#hidden.clear();
    this.#hidden.set(rest, entry.identity);
    if (event || !known) this.hide(rest);
  }

  /** Hides a path; one that can't be written in a line to cordon-init is hidden with the folder that it is in. */
  hide(rest: ByteText): void {
    const path = this.#inside(rest);
    if (path !== undefined && rest.length <= MAX_PATH_BYTES) this.#options.hide(path);
    else if (rest !== "") this.hide(rest.includes("/") ? rest.slice(0, rest.lastIndexOf("/")) : "");
  }

  /** Hidden from the start: what it is, or what it leads to within the tree, if anything. */
  #isPlanned(entry: Entry, covered: readonly (string | undefined)[]): boolean {
    const { planned, masksSinceMs } = this.#options;
    if (entry.changedMs >= masksSinceMs) return false;
    return covered.length === 0 || covered.some((path) => path !== undefined && planned.has(path));
  }

  /**
   * A mask on a link covers what it leads to. That file has another name, which is watched like a denied one from now on.
   * Returns the paths inside that the link leads over.
   */
  #follow(rest: ByteText, link: (rest: ByteText) => ByteText | undefined): readonly string[] {
    const source = bytesOf(this.#options.tree.source);
    const paths: string[] = [];
    let at = rest;
    while (paths.length < MAX_HOPS) {
      const value = link(at);
      const next = value === undefined ? undefined : restOf(pathFrom(dirname(joinPath(source, at)), value), source);
      const path = next === undefined ? undefined : this.#inside(next);
      if (next === undefined || path === undefined) break;
      paths.push(path);
      if (this.#exact.size < MAX_EXACT) this.#exact.add(path);
      at = next;
    }
    return paths;
  }

  #inside(rest: ByteText): string | undefined {
    return textOf(joinPath(bytesOf(this.#options.tree.target), rest));
  }
}
