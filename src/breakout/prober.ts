// Finds cordon-prober, the static program that attacks where no shell can: it lies beside cordon-init. It's checked as that is: nobody else
// may have written it, and in a package it has the digest that came with it.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { CordonError } from "../core/error.js";
import { checkInit, parseDigests } from "../host/probe/init.js";
import { readText } from "../host/probe/read.js";
import type { HostFacts } from "../host/types.js";

export function locateProber({ user, kernel }: HostFacts): string {
  const folder = dirname(fileURLToPath(import.meta.url));
  const packaged = join(folder, "init", kernel.architecture, "cordon-prober");
  const answer = existsSync(packaged)
    ? checkInit(packaged, { user, ...expected(folder, kernel.architecture) })
    : checkInit(join(checkoutOf(folder), "native/out", kernel.architecture, "cordon-prober"), { user });
  if (answer.kind === "found") return answer.path;
  throw new CordonError("init-missing", answer.reason, {
    hint: "install Cordon again, or build it with npm run build",
  });
}

function expected(folder: string, architecture: string): { readonly expected: string } {
  const digests = parseDigests(readText(join(folder, "init/digests.json"), 65_536));
  // Without a digest nothing fits: a package that lost it isn't trusted.
  return { expected: digests[`prober-${architecture}`] ?? "none" };
}

function checkoutOf(folder: string): string {
  for (let here = folder; here !== "/"; here = dirname(here))
    if (existsSync(join(here, "native/PROTOCOL.md"))) return here;
  return folder;
}
