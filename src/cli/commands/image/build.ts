// `cordon image build FILE`.
import { posix } from "node:path";
import { CordonError } from "../../../core/error.js";
import { printable } from "../../../core/text.js";
import { buildImage } from "../../../images/builder/build.js";
import { flag } from "../../command.js";
import { type ImageRequest, oneWord } from "../image.js";
import { sizeText } from "./list.js";

export async function build(request: ImageRequest): Promise<number> {
  const { invocation, store, home } = request;
  const { cwd, env, out } = invocation;
  const [update, locked] = [flag(invocation, "update"), flag(invocation, "locked")];
  if (update && locked) throw new CordonError("usage", "--update and --locked contradict each other");
  const cache = env["XDG_CACHE_HOME"];
  const built = await buildImage({
    file: posix.resolve(cwd, oneWord(request, "build", "definition")),
    store,
    cacheDir: posix.join(cache?.startsWith("/") === true ? cache : posix.join(home, ".cache"), "cordon/images"),
    env,
    cwd,
    mode: update ? "update" : locked ? "locked" : "usual",
    onStep: (text) => out.note(text),
  });
  if (flag(invocation, "json")) {
    out.print(JSON.stringify(built, null, 2));
    return 0;
  }
  out.print(`${built.ref}\n${built.digest}`);
  out.note(
    `${built.packages} packages, ${sizeText(built.sizeBytes)}; wrote ${shown(built.lockFile, cwd)} and ${shown(built.sbomFile, cwd)}`,
  );
  if (built.before !== undefined)
    out.note(`the digest was ${built.before} before: policies that pin it refuse this one`);
  return 0;
}

function shown(file: string, cwd: string): string {
  return printable(file.startsWith(`${cwd}/`) ? file.slice(cwd.length + 1) : file);
}
