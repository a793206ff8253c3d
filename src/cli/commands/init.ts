// `cordon init`: writes the first cordon.yaml of a folder and trusts it, since its text is Cordon's own. Never overwrites.
import { constants } from "node:fs";
import { open, readdir, realpath } from "node:fs/promises";
import { homedir } from "node:os";
import { posix } from "node:path";
import { CordonError, errnoOf } from "../../core/error.js";
import { isWithin } from "../../policy/lint/report.js";
import { starterPolicy } from "../../policy/starter.js";
import { stateFolder, trust } from "../../policy/trust.js";
import type { Invocation } from "../command.js";

export async function run(invocation: Invocation): Promise<number> {
  if (invocation.positionals.length > 0) throw new CordonError("usage", "init takes no arguments", { place: "init" });
  const { cwd, out } = invocation;
  const home = invocation.env["HOME"]?.startsWith("/") ? invocation.env["HOME"] : homedir();
  await refuseWideFolder(cwd, home);
  const starter = starterPolicy(posix.basename(cwd), await readdir(cwd));
  const file = posix.join(cwd, "cordon.yaml");
  await writeNew(file, starter.text);
  out.print(`wrote ${file}`);
  for (const note of starter.notes) out.print(`  ${note}`);
  const trusted = await trust(file, stateFolder(invocation.env, home), home);
  if (!trusted.ok) throw new CordonError("internal", "the policy just written isn't valid", { place: file });
  out.print("It is trusted as it stands; after you change it, cordon trust accepts it again.");
  return 0;
}

async function refuseWideFolder(cwd: string, home: string): Promise<void> {
  const [folder, realHome] = await Promise.all([cwd, home].map((path) => realpath(path).catch(() => path)));
  if (folder === undefined || realHome === undefined || !isWithin(realHome, folder)) return;
  const what = folder === realHome ? "your home folder" : "a folder that holds your home";
  throw new CordonError("workspace-refused", `${cwd} is ${what}, which is never a workspace`, {
    hint: "go to a project's folder",
  });
}

async function writeNew(file: string, text: string): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  try {
    const handle = await open(file, flags, 0o644);
    try {
      await handle.writeFile(text);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (errnoOf(error) === "EEXIST") {
      throw new CordonError("path-refused", "there is one already, and init never overwrites", {
        place: file,
        hint: "cordon check reads it",
      });
    }
    throw new CordonError("path-refused", "the file can't be written", { place: file, cause: error });
  }
}
