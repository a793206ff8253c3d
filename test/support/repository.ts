// Where this checkout is, found from the compiled file, so that tests run from any build folder.

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

function findRoot(from: string): string {
  for (let at = from; at !== "/"; at = dirname(at)) {
    if (existsSync(join(at, "package-lock.json")) && existsSync(join(at, "tsconfig.json"))) return at;
  }
  throw new Error(`no checkout of Cordon above ${from}`);
}

export const ROOT = findRoot(dirname(fileURLToPath(import.meta.url)));
export const CORDON = process.env["CORDON_TEST_BIN"] ?? join(ROOT, "dist/cordon.cjs");
