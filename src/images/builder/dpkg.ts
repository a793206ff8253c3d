// Debian archives: what they say of themselves, and their files into a folder. Their scripts are never run: what the usual ones would have
// done is in `finish.ts`.
import { posix } from "node:path";
import { CordonError } from "../../core/error.js";
import type { LockedPackage } from "../lock.js";
import { fileDigest } from "./apt.js";
import { type Environment, runProgram } from "./program.js";

export interface Archive {
  readonly locked: LockedPackage;
  readonly path: string;
  /** Its control file. */
  readonly control: string;
}

export async function readArchive(path: string, env: Environment): Promise<Archive> {
  const control = await runProgram(["dpkg-deb", "--field", path], { cwd: "/", env, from: "dpkg" });
  const locked = {
    name: field(control, "Package"),
    version: field(control, "Version"),
    architecture: field(control, "Architecture"),
    sha256: fileDigest(path),
    file: posix.basename(path),
  };
  return { locked, path, control };
}

export async function unpackArchive({ path }: Archive, root: string, env: Environment): Promise<void> {
  await runProgram(["dpkg-deb", "--extract", path, root], { cwd: "/", env, from: "dpkg" });
}

export async function hostArchitecture(env: Environment): Promise<string> {
  return (await runProgram(["dpkg", "--print-architecture"], { cwd: "/", env, from: "dpkg" })).trim();
}

export function field(control: string, name: string): string {
  const found = new RegExp(`^${name}: *(.+)$`, "m").exec(control)?.[1];
  if (found === undefined) throw new CordonError("image-failed", `a package has no field ${name}`);
  return found.trim();
}

/** What dpkg would have in its list of installed packages: scanners for known holes read it. */
export function statusText(archives: readonly Archive[]): string {
  return archives
    .map(({ control }) => control.trimEnd().replace(/^(Package: .*)$/m, "$1\nStatus: install ok installed"))
    .toSorted()
    .map((text) => `${text}\n\n`)
    .join("");
}
