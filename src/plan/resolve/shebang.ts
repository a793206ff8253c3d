// Which program runs a script, read from its first line. Text only; nothing is executed.
import type { HostView } from "../../host/types.js";

/** Names of programs that are scripts although their text is too large to look at at once. */
const SCRIPT_NAME = /\.(?:[cm]?js|py|pl|rb|sh)$/;
const MAX_SCRIPT_BYTES = 64 * 1024 * 1024;

/** Path of a script's interpreter (found as `env` would find it), or undefined when the file isn't a script. */
export function interpreterOf(view: HostView, path: string): string | undefined {
  // Binaries are large and aren't read; bundled scripts are large too, but have a name that says so.
  const text = view.text(path) ?? (SCRIPT_NAME.test(path) ? view.text(path, MAX_SCRIPT_BYTES) : undefined);
  const words =
    /^#!\s*([^\n]{1,512})/
      .exec(text ?? "")?.[1]
      ?.trim()
      .split(/\s+/) ?? [];
  const [program, ...rest] = words;
  if (program === undefined || !program.startsWith("/")) return undefined;
  if (!program.endsWith("/env")) return program;
  const name = rest.find((word) => !word.startsWith("-") && !word.includes("="));
  return name === undefined || name.startsWith("/") ? name : view.which(name);
}
