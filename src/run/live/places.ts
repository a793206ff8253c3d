// Where the folders of running sandboxes lie: in the user's runtime folder when that is the user's alone, else in Cordon's own state.
// SECURITY(H35): both are refused as grants and hidden below grants (plan/resolve/forbidden.ts).
import { lstatSync } from "node:fs";
import { homedir } from "node:os";
import { posix } from "node:path";
import { stateFolder } from "../../policy/trust.js";

type Env = Readonly<Record<string, string | undefined>>;

/** Absolute; a new run goes into the first one. Each may be missing. */
export function runRoots(env: Env, uid = process.geteuid?.() ?? 0): readonly string[] {
  const runtime = env["XDG_RUNTIME_DIR"];
  // A session that doesn't name it (cron, su) finds what another one has started.
  const candidates = [...(runtime?.startsWith("/") === true ? [posix.normalize(runtime)] : []), `/run/user/${uid}`];
  const own = [...new Set(candidates)].filter((folder) => isOwn(folder, uid));
  const home = env["HOME"]?.startsWith("/") === true ? env["HOME"] : homedir();
  return [...own.map((folder) => posix.join(folder, "cordon", "runs")), posix.join(stateFolder(env, home), "run")];
}

function isOwn(folder: string, uid: number): boolean {
  try {
    const status = lstatSync(folder, { throwIfNoEntry: false });
    return status?.isDirectory() === true && status.uid === uid && (status.mode & 0o077) === 0;
  } catch {
    return false;
  }
}
