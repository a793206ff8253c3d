// TLS servers of the staged world: one whose certificates are of an authority that the policy under attack can be told to trust, one whose
// aren't. Made anew each time; the keys never leave this process.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createAuthority } from "../../egress/tls/authority.js";
import { OPENED_HOST } from "../tweaks.js";
import type { Collectors } from "./collectors.js";

export interface SecureServers {
  readonly tls: number | undefined;
  readonly foreign: number | undefined;
}

/** Where the authorities' certificates lie. */
export function authorityFiles(root: string): { readonly authorityFile: string; readonly foreignFile: string } {
  return { authorityFile: join(root, "authority.pem"), foreignFile: join(root, "foreign.pem") };
}

export async function openSecureServers(root: string, collectors: Collectors): Promise<SecureServers> {
  const { authorityFile, foreignFile } = authorityFiles(root);
  const [tls, foreign] = await Promise.all([
    open(collectors, "tls", authorityFile),
    open(collectors, "foreign", foreignFile),
  ]);
  return { tls, foreign };
}

async function open(collectors: Collectors, name: string, file: string): Promise<number | undefined> {
  const authority = await createAuthority(`breakout ${name}`);
  writeFileSync(file, authority.certificatePem, { mode: 0o644 });
  return collectors.secure(name, {
    SNICallback: (_name, settle) => settle(null, authority.contextFor(OPENED_HOST)),
  });
}
