// Which files in a folder are being written by a living process, as /proc tells it: a record without an end belongs to a run that goes
// on, or to one that died.
import { readdirSync, readFileSync, readlinkSync, realpathSync } from "node:fs";

/** Real paths. Processes of other users aren't looked into; they don't write to the user's records. */
export function filesBeingWritten(folder: string): ReadonlySet<string> {
  const prefix = `${realOf(folder)}/`;
  const files = new Set<string>();
  for (const pid of namesIn("/proc").filter((name) => /^\d+$/.test(name))) {
    for (const fd of namesIn(`/proc/${pid}/fd`)) {
      const file = linkOf(`/proc/${pid}/fd/${fd}`);
      if (file?.startsWith(prefix) && isWritable(`/proc/${pid}/fdinfo/${fd}`)) files.add(file);
    }
  }
  return files;
}

/** `flags: 0102001`, in octal; the lowest bits are the access mode. */
function isWritable(info: string): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(info, "utf8"))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & 3) !== 0;
  } catch {
    return false;
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
