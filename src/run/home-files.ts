// Single files of a kept home, read and replaced from outside. The command writes there while other runs of it go on: each step is on a
// descriptor of the folder above, no link is followed, and what is read is data that only goes back inside.
import { closeSync, constants, fchownSync, openSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { CordonError } from "../core/error.js";
import type { Plan } from "../plan/types.js";
import type { HomeFiles } from "../secrets/oauth/places.js";
import { textOf } from "../secrets/private-file.js";
import { randomBytes } from "./contents.js";
import { below, FOLDER, type Owner, ownerOf, step } from "./home.js";

/** Undefined: the home ends with the run. */
export function homeFiles(plan: Plan): HomeFiles | undefined {
  if (plan.home.mode !== "persistent") return undefined;
  const { source } = plan.home;
  const owner = ownerOf(plan, process.geteuid?.() === 0);
  return {
    read: (path) => inFolder(source, path, { owner, make: false }, readFile),
    write: (path, text) => {
      inFolder(source, path, { owner, make: true }, (folder, name) => replaceFile(folder, name, { text, owner }));
    },
  };
}

interface Way {
  readonly owner: Owner | undefined;
  readonly make: boolean;
}

function inFolder<T>(source: string, path: string, way: Way, work: (folder: number, name: string) => T): T | undefined {
  const names = path.split("/");
  const last = names.pop() ?? "";
  if ([...names, last].some((name) => name === "" || name === "." || name === ".."))
    throw new CordonError("internal", `a file of the home has the path ${path}`);
  const home = openSync(source, FOLDER);
  let folder = home;
  try {
    for (const name of names) folder = step(folder, name, { home, owner: way.owner, make: way.make });
    return work(folder, last);
  } catch (error) {
    if (!way.make) return undefined;
    throw new CordonError("path-refused", `the login ${path} can't be put into the persistent home`, {
      place: source,
      hint: "something else has that name there; remove it",
      cause: error,
    });
  } finally {
    if (folder !== home) closeSync(folder);
    closeSync(home);
  }
}

function readFile(folder: number, name: string): string | undefined {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY } = constants;
  const fd = openSync(below(folder, name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  try {
    return textOf(fd);
  } finally {
    closeSync(fd);
  }
}

function replaceFile(
  folder: number,
  name: string,
  { text, owner }: { readonly text: string; readonly owner: Owner | undefined },
): void {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const fresh = below(folder, `.${name}.${randomBytes(6).toString("hex")}`);
  const fd = openSync(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    writeFileSync(fd, text);
    if (owner !== undefined) fchownSync(fd, owner.uid, owner.gid);
    renameSync(fresh, below(folder, name));
  } catch (error) {
    unlinkSync(fresh);
    throw error;
  } finally {
    closeSync(fd);
  }
}
