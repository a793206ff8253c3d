// Builds the small C programs of test/system/c: attacks that no shell command can make. Static, so that they run in any tree.

import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "./repository.js";
import type { Cleanup, Stage } from "./stage.js";

/** Compiles `test/system/c/NAME.c`; the result is readable for every user and removed afterwards. */
export function compile(cleanup: Cleanup, name: string, flags: readonly string[] = []): string {
  const folder = mkdtempSync(join(tmpdir(), "cordon-test-c-"));
  cleanup.after(() => rmSync(folder, { recursive: true, force: true }));
  chmodSync(folder, 0o755);
  const program = join(folder, name);
  const source = join(ROOT, "test/system/c", `${name}.c`);
  execFileSync(
    "gcc",
    ["-O1", "-Wall", "-Wno-format-truncation", "-static", "-pthread", ...flags, "-o", program, source],
    { stdio: "pipe" },
  );
  return program;
}

/** Puts a compiled program into the workspace, where the command inside can run it as the agent's own; its path there. */
export function bring(stage: Stage, program: string): string {
  const target = join(stage.workspace, "attack");
  copyFileSync(program, target);
  chmodSync(target, 0o755);
  return target;
}
