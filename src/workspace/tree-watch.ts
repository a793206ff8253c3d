// Keeps watch over one tree of the host: a watcher on each folder, each listed after its watcher is there, so that nothing falls
// between the two. What can't be watched is listed again and again. It must never miss a name because a queue or a limit was full:
// it looks at everything again, or hides the folder that it can't keep up with.
import { type Dirent, type FSWatcher, watch } from "node:fs";
import { errnoOf } from "../core/error.js";
import { joinPath } from "../plan/paths.js";
import type { ByteText } from "./denied.js";
import { type Folder, foldersBelow, newFolder, restOfFolder } from "./folder.js";
import { type Entry, HostTree, type OpenFolder } from "./place.js";

/** Watchers cost about 2 kB each, here and in the kernel. */
const MAX_WATCHERS = 65_536;
const MAX_FOLDERS = 262_144;
const MAX_CHANGED = 65_536;

export interface TreeWatchOptions {
  readonly source: string;
  readonly denies: (rest: ByteText, name: ByteText) => boolean;
  /** A denied entry is there; `event`: something happened to its name just now, so it may be another one than before. */
  readonly found: (rest: ByteText, entry: Entry, event: boolean) => void;
  /** There are more folders below this one than can be watched, or they can't be reached. */
  readonly hopeless: (rest: ByteText) => void;
  /** There is something to do. */
  readonly wake: () => void;
  /** An event arrived, whatever it is. */
  readonly counted: () => void;
}

export class TreeWatch {
  readonly #tree: HostTree;
  readonly #options: TreeWatchOptions;
  readonly #root = newFolder("", undefined);
  readonly #waiting = new Set<Folder>([this.#root]);
  readonly #unwatched = new Set<Folder>();
  #folders = 1;
  #watchers = 0;
  #changed = 0;

  constructor(options: TreeWatchOptions) {
    this.#options = options;
    this.#tree = new HostTree(options.source);
  }

  get idle(): boolean {
    return this.#waiting.size === 0;
  }

  /** What a link says; undefined when it is none. */
  link(rest: ByteText): ByteText | undefined {
    return this.#tree.link(rest);
  }

  /** Looks again at the folders that can't be watched. */
  poll(): void {
    for (const folder of this.#unwatched) this.#list(folder, "this");
  }

  /** Looks again at everything. */
  again(): void {
    this.#list(this.#root, "deep");
  }

  /** Does what waits, until `enough`. */
  work(enough: () => boolean): void {
    for (const folder of this.#waiting) {
      if (enough()) return;
      this.#waiting.delete(folder);
      this.#work(folder, enough);
    }
  }

  /** Lets go of watchers, some at a time; the last step lets go of the tree. */
  *close(): Generator<void> {
    this.#waiting.clear();
    for (const folder of foldersBelow(this.#root)) {
      this.#forget(folder);
      yield;
    }
    this.#tree.close();
  }

  #work(folder: Folder, enough: () => boolean): void {
    if (folder.gone) return;
    if (folder.listing !== "done") {
      this.#changed -= folder.changed.size;
      folder.changed.clear();
      this.#visit(folder);
      return;
    }
    const rest = restOfFolder(folder);
    for (const name of folder.changed) {
      if (enough()) {
        this.#waiting.add(folder);
        return;
      }
      folder.changed.delete(name);
      this.#changed--;
      this.#look(folder, rest, name);
    }
  }

  /** Something happened to a name in a watched folder. */
  #look(folder: Folder, folderRest: ByteText, name: ByteText): void {
    const rest = joinPath(folderRest, name).replace(/^\//, "");
    const entry = this.#attempt(folder, () => this.#tree.look(rest));
    const child = folder.children.get(name);
    const denied = entry !== undefined && this.#options.denies(rest, name);
    if (denied) this.#options.found(rest, entry, true);
    if (entry?.kind === "directory" && !denied) this.#list(child ?? this.#add(folder, name), "deep");
    else if (child !== undefined) this.#drop(child);
  }

  #visit(folder: Folder): void {
    const deep = folder.listing === "deep";
    folder.listing = "done";
    const rest = restOfFolder(folder);
    const there = this.#attempt(folder, () =>
      this.#tree.visit(rest, (open) => {
        this.#keepWatched(folder, open);
        this.#compare(folder, rest, { deep, entries: open.entries() });
      }),
    );
    if (there === false) this.#drop(folder);
  }

  /** What a folder holds now against what is known of it. */
  #compare(
    folder: Folder,
    rest: ByteText,
    listed: { readonly deep: boolean; readonly entries: readonly Dirent[] },
  ): void {
    const missing = new Set(folder.children.keys());
    const prefix = rest === "" ? "" : `${rest}/`;
    for (const entry of listed.entries) {
      const { name } = entry;
      if (this.#options.denies(prefix + name, name)) {
        const status = this.#tree.look(prefix + name);
        if (status !== undefined) this.#options.found(prefix + name, status, false);
      } else if (entry.isDirectory()) {
        missing.delete(name);
        const child = folder.children.get(name);
        if (child === undefined) this.#list(this.#add(folder, name), "deep");
        else if (listed.deep || folder.watcher === undefined) this.#list(child, "deep");
      }
    }
    for (const name of missing) {
      const child = folder.children.get(name);
      if (child !== undefined) this.#drop(child);
    }
  }

  #keepWatched(folder: Folder, { path, identity }: OpenFolder): void {
    if (folder.watcher !== undefined && folder.identity === identity) return;
    this.#forget(folder);
    folder.identity = identity;
    this.#unwatched.add(folder);
    if (this.#watchers >= MAX_WATCHERS) return;
    try {
      // The kernel follows the descriptor's path to this very folder, whatever has its name by now.
      folder.watcher = this.#watch(path, folder);
    } catch {
      // ENOSPC, EMFILE: the user's limit of watches. Listed at intervals instead.
      return;
    }
    this.#watchers++;
    this.#unwatched.delete(folder);
  }

  #watch(path: string, folder: Folder): FSWatcher {
    const watcher = watch(path, { persistent: false, encoding: "latin1" }, (event, name) => {
      this.#options.counted();
      // "change" is about content and mode; another file under the name is always "rename".
      if (event === "rename") this.#onEvent(folder, name);
    });
    watcher.on("error", () => {
      this.#forget(folder);
      this.#unwatched.add(folder);
    });
    return watcher;
  }

  #onEvent(folder: Folder, name: ByteText | null): void {
    if (folder.gone) return;
    if (name === null || this.#changed >= MAX_CHANGED) {
      this.#list(folder, "deep");
    } else {
      if (!folder.changed.has(name)) this.#changed++;
      folder.changed.add(name);
      this.#wait(folder);
    }
  }

  #list(folder: Folder, listing: "this" | "deep"): void {
    if (folder.gone) return;
    if (folder.listing !== "deep") folder.listing = listing;
    this.#wait(folder);
  }

  #wait(folder: Folder): void {
    this.#waiting.add(folder);
    this.#options.wake();
  }

  #add(parent: Folder, name: ByteText): Folder {
    const folder = newFolder(name, parent);
    if (this.#folders >= MAX_FOLDERS) {
      // SECURITY(T7): more than can be kept in mind; what nobody looks at isn't shown.
      this.#options.hopeless(restOfFolder(folder));
      folder.gone = true;
      return folder;
    }
    this.#folders++;
    parent.children.set(name, folder);
    return folder;
  }

  #drop(folder: Folder): void {
    if (folder.parent === undefined) return;
    folder.parent.children.delete(folder.name);
    for (const each of foldersBelow(folder)) {
      this.#forget(each);
      each.gone = true;
      this.#changed -= each.changed.size;
      this.#waiting.delete(each);
      this.#folders--;
    }
  }

  #forget(folder: Folder): void {
    this.#unwatched.delete(folder);
    if (folder.watcher === undefined) return;
    folder.watcher.close();
    folder.watcher = undefined;
    this.#watchers--;
  }

  /** A folder that can't be looked into is tried again at intervals: it may be opened up from inside. */
  #attempt<T>(folder: Folder, act: () => T): T | undefined {
    try {
      return act();
    } catch (error) {
      if (errnoOf(error) === "ENAMETOOLONG") this.#options.hopeless(restOfFolder(folder));
      else if (!folder.gone) this.#unwatched.add(folder);
      return undefined;
    }
  }
}
