// The third-party clients that these tests run, installed by scripts/ci-tools.sh, and what of all that is missing on this machine.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { exec } from "../exec.js";
import { ROOT } from "../repository.js";

export const TOOLS = process.env["CORDON_TEST_TOOLS"] ?? join(ROOT, ".cordon-test/tools");
/** A virtual environment with requests, aiohttp, httpx and grpcio. */
export const PYTHON = join(TOOLS, "python/bin/python");
/** The ws package. */
export const WS = join(TOOLS, "node_modules/ws");

/** Why a test can't run, or undefined: the names of programs, or whole paths, that aren't there. */
export async function lacking(needs: readonly string[]): Promise<string | undefined> {
  const missing: string[] = [];
  for (const need of needs) {
    const found = need.includes("/")
      ? existsSync(need)
      : (await exec(["sh", "-c", 'command -v "$1"', "sh", need])).code === 0;
    if (!found) missing.push(need);
  }
  return missing.length === 0 ? undefined : `without ${missing.join(", ")} (scripts/ci-tools.sh installs all)`;
}
