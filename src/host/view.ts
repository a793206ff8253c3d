// The real look-ups behind planning. It only looks: nothing is written, no program is started, no link is followed unless the
// method says so, and a look-up that fails says "not there".
import { constants, lstatSync, readdirSync, readlinkSync, realpathSync, type Stats, statSync } from "node:fs";
import { readWhole } from "./probe/read.js";
import { findProgram } from "./probe/tools.js";
import type { HostFacts, HostView } from "./types.js";
import { walk } from "./walk.js";

const TEXT_MAX_BYTES = 65_536;

export function hostView(facts: HostFacts, env: Readonly<Record<string, string | undefined>>): HostView {
  return {
    facts,
    kind: (path) => orUndefined(() => kindOf(lstatSync(path, { throwIfNoEntry: false }))),
    real: (path) => orUndefined(() => nameable(realpathSync.native(path))),
    readLink: (path) => orUndefined(() => nameable(readlinkSync(path))),
    list: (path) => orUndefined(() => readdirSync(path)) ?? [],
    text: (path, maxBytes = TEXT_MAX_BYTES) => {
      const bytes = orUndefined(() => readWhole(path, maxBytes, constants.O_NOFOLLOW));
      return bytes === undefined
        ? undefined
        : orUndefined(() => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
    },
    owner: (path) =>
      orUndefined(() => {
        const { uid, gid } = statSync(path);
        return { uid, gid };
      }),
    which: (name) => orUndefined(() => findProgram(name, env["PATH"])),
    env: (name) => env[name],
    envNames: () => Object.keys(env).filter((name) => env[name] !== undefined),
    walk: (root, match, options) => walk(root, match, facts.user.uid, options),
  };
}

function kindOf(status: Stats | undefined): ReturnType<HostView["kind"]> {
  if (status === undefined) return undefined;
  if (status.isFile()) return "file";
  if (status.isDirectory()) return "directory";
  if (status.isSymbolicLink()) return "symlink";
  return status.isSocket() ? "socket" : "other";
}

/** A path with bytes that aren't UTF-8 would name something else once written down. */
function nameable(path: string): string | undefined {
  return path.includes("\ufffd") ? undefined : path;
}

/** System errors and refused arguments (a NUL in a path) mean that there is nothing to be seen. */
function orUndefined<Value>(look: () => Value | undefined): Value | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
