// cordon-init with something taken out of its source, built in a folder of the test's own.
import { execFileSync } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../repository.js";
import type { Patch } from "./types.js";

/** Its path. */
export function buildMutant(folder: string, patches: readonly Patch[]): string {
  const source = join(folder, "native");
  cpSync(join(ROOT, "native"), source, {
    recursive: true,
    filter: (path) => !`${path}/`.startsWith(join(ROOT, "native/out/")),
  });
  for (const { file, from, to } of patches) {
    const path = join(source, file);
    const parts = readFileSync(path, "utf8").split(from);
    if (parts.length !== 2)
      throw new Error(`${file} has ${parts.length - 1} times what the mutation takes out: ${from}`);
    writeFileSync(path, parts.join(to));
  }
  const out = join(folder, "out");
  execFileSync("make", ["-s", "-C", source, `OUT=${out}`, "CC=cc", "CFLAGS=-O1 -Wno-error", `${out}/cordon-init`], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  return join(out, "cordon-init");
}
