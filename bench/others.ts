// The other sandboxes to compare with: each is tried once, and what can't run here is named with the reason.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { exec, failure, onPath } from "./programs.js";
import type { Case, Skipped } from "./samples.js";

const TRY_MS = 60_000;
const INSTALL_MS = 240_000;

function tried(name: string, argv: readonly string[]): Case | Skipped {
  if (!argv[0]?.includes("/") && onPath(argv[0] ?? "") === undefined) return { name, skipped: "not installed" };
  const problem = failure(argv, { timeoutMs: TRY_MS });
  return problem === undefined ? { name, once: () => exec(argv) } : { name, skipped: problem };
}

export function firejail(): Case | Skipped {
  return tried("firejail --noprofile --net=none", ["firejail", "--quiet", "--noprofile", "--net=none", "--", "true"]);
}

export function podman(): Case | Skipped {
  // An empty image would have no `true`: the host's own root, read-only by nothing but being somebody else's.
  const argv = ["podman", "run", "--rm", "--network=none", "--rootfs", "/:O", "true"];
  return tried("podman run --rootfs /:O", argv);
}

/** Anthropic's sandbox-runtime out of npm, with a Node that is new enough for it, kept in `cache`. */
export function sandboxRuntime(cache: string): Case | Skipped {
  const name = "srt (sandbox-runtime)";
  const problem = install(cache);
  if (problem !== undefined) return { name, skipped: problem };
  const folder = join(cache, "node_modules", "@anthropic-ai", "sandbox-runtime");
  // The manifest is npm's; only the entry that is used is looked at.
  const manifest: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const entry = typeof manifest === "object" && manifest !== null && "bin" in manifest ? manifest.bin : undefined;
  const bin =
    typeof entry === "object" && entry !== null && "srt" in entry && typeof entry.srt === "string"
      ? entry.srt
      : "dist/cli.js";
  return tried(name, [join(cache, "node_modules", "node", "bin", "node"), join(folder, bin), "true"]);
}

function install(cache: string): string | undefined {
  if (existsSync(join(cache, "installed"))) return undefined;
  mkdirSync(cache, { recursive: true });
  writeFileSync(join(cache, "package.json"), "{}");
  const npm = [
    "npm",
    "install",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
    "node@22",
    "@anthropic-ai/sandbox-runtime",
  ];
  const problem = failure(npm, { cwd: cache, timeoutMs: INSTALL_MS });
  if (problem === undefined) writeFileSync(join(cache, "installed"), "");
  return problem;
}
