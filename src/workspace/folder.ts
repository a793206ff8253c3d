// One folder of a watched tree, as the watch knows it. Names are bytes (see denied.ts); a folder's path is made from its
// parents' names, so that a moved tree needs no rewriting.
import type { FSWatcher } from "node:fs";
import type { ByteText } from "./denied.js";

export interface Folder {
  readonly name: ByteText;
  readonly parent: Folder | undefined;
  readonly children: Map<ByteText, Folder>;
  /** Names that something happened to since they were looked at. */
  readonly changed: Set<ByteText>;
  watcher: FSWatcher | undefined;
  /** Device and inode that the watcher is on. */
  identity: string;
  /** What is to be done: nothing, list it, or list it and everything below it. */
  listing: "done" | "this" | "deep";
  gone: boolean;
}

export function newFolder(name: ByteText, parent: Folder | undefined): Folder {
  return {
    name,
    parent,
    children: new Map(),
    changed: new Set(),
    watcher: undefined,
    identity: "",
    listing: "deep",
    gone: false,
  };
}

/** Its path below the tree; `` for the tree itself. */
export function restOfFolder(folder: Folder): ByteText {
  const names: ByteText[] = [];
  for (let at = folder; at.parent !== undefined; at = at.parent) names.push(at.name);
  return names.reverse().join("/");
}

export function* foldersBelow(folder: Folder): Generator<Folder> {
  const stack = [folder];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    yield at;
    stack.push(...at.children.values());
  }
}
