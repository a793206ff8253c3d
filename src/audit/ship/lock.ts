// A lock between processes of one user: a file with the holder's number and the time it was started, so that the lock of a dead process,
// or of another one with the same number, isn't believed.
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { errnoOf } from "../../core/error.js";

/** Gives the release, or undefined when another living process holds it. */
export function tryLock(file: string): (() => void) | undefined {
  const own = holderOf(process.pid);
  if (own === undefined) return undefined;
  for (let tries = 0; tries < 3; tries++) {
    if (create(file, own)) return () => rmSync(file, { force: true });
    if (isHeld(file)) return undefined;
    removeStale(file);
  }
  return undefined;
}

/** Written beside and then linked: nobody ever sees a lock without its holder's name. */
function create(file: string, holder: string): boolean {
  const made = `${file}.${process.pid}.new`;
  writeFileSync(made, holder, { mode: 0o600 });
  try {
    linkSync(made, file);
    return true;
  } catch (error) {
    if (errnoOf(error) === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(made, { force: true });
  }
}

function isHeld(file: string): boolean {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return false;
  }
  const [pid = ""] = text.split(" ");
  return /^\d+$/.test(pid) && holderOf(Number(pid)) === text;
}

/** Moved away first and looked at again: another process may have taken it in the meantime. */
function removeStale(file: string): void {
  const aside = `${file}.${process.pid}.old`;
  try {
    renameSync(file, aside);
    if (isHeld(aside)) linkSync(aside, file);
    rmSync(aside, { force: true });
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
  }
}

/** `PID START`, where the start is the kernel's (field 22 of stat), in ticks since boot. */
function holderOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const start = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    return start === undefined ? undefined : `${pid} ${start}`;
  } catch {
    return undefined;
  }
}
