// Runs programs for the benchmarks: nothing is read from them, failure is an error, and there is a time limit.
import { type SpawnOptions, spawn, spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { join } from "node:path";

const LIMIT_MS = 300_000;

export function exec(argv: readonly string[], options: SpawnOptions = {}): Promise<void> {
  const [file = "", ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: "ignore", timeout: LIMIT_MS, ...options });
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${argv.slice(0, 4).join(" ")} … ended with ${signal ?? code}`));
    });
  });
}

/** What it wrote, for looking at a failure; undefined when it ended well. */
export function failure(
  argv: readonly string[],
  options: { readonly cwd?: string; readonly timeoutMs?: number } = {},
): string | undefined {
  const [file = "", ...args] = argv;
  const { cwd, timeoutMs: timeout = LIMIT_MS } = options;
  const ended = spawnSync(file, args, { encoding: "utf8", timeout, ...(cwd === undefined ? {} : { cwd }) });
  if (ended.error !== undefined) return ended.error.message;
  if (ended.status === 0) return undefined;
  return `${ended.stderr}${ended.stdout}`.trim().split("\n").at(-1) ?? `status ${ended.status}`;
}

export function onPath(name: string): string | undefined {
  for (const folder of (process.env["PATH"] ?? "").split(":")) {
    const file = join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {}
  }
  return undefined;
}
