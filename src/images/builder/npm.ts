// Packages of npm into the image: one folder, from a lock with the digest of each, and no script of any package is run.
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { posix } from "node:path";
import { CordonError } from "../../core/error.js";
import { isRecord } from "../lock.js";
import { type Environment, runProgram } from "./program.js";

/** In the image. */
const FOLDER = "/usr/local/lib/agent";
const BIN = "/usr/local/bin";

const QUIET = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"] as const;

export interface NpmRequest {
  /** Of the image. */
  readonly root: string;
  /** `name@version`. */
  readonly packages: readonly string[];
  /** Of an earlier build: then exactly these. */
  readonly locked: Readonly<Record<string, unknown>> | undefined;
  readonly env: Environment;
}

/** Installs, links the programs, and gives npm's lock of it. */
export async function installNpm(request: NpmRequest): Promise<Readonly<Record<string, unknown>>> {
  const { root, packages, locked, env } = request;
  if (packages.length === 0) return {};
  const folder = posix.join(root, FOLDER);
  mkdirSync(folder, { recursive: true });
  const dependencies = Object.fromEntries(packages.map(split));
  writeFileSync(posix.join(folder, "package.json"), JSON.stringify({ private: true, dependencies }));
  const npm = (...words: string[]) =>
    runProgram(["npm", ...words, ...QUIET, "--omit=dev"], { cwd: folder, env, from: "npm" });
  const lockFile = posix.join(folder, "package-lock.json");
  if (locked === undefined) await npm("install", "--package-lock-only", "--omit-lockfile-registry-resolved");
  else writeFileSync(lockFile, JSON.stringify({ lockfileVersion: 3, requires: true, packages: locked }));
  const lock = packagesOf(readFileSync(lockFile, "utf8"));
  await npm("ci");
  for (const name of [lockFile, posix.join(folder, "node_modules/.package-lock.json")]) rmSync(name, { force: true });
  linkPrograms(root, Object.keys(dependencies));
  return lock;
}

/** SECURITY: a package without a digest could be anything at the next build. */
function packagesOf(text: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(text);
  const packages = isRecord(value) ? value["packages"] : undefined;
  if (!isRecord(packages)) throw new CordonError("image-failed", "npm wrote a lock file that can't be understood");
  for (const [path, entry] of Object.entries(packages)) {
    if (path === "" || (isRecord(entry) && typeof entry["integrity"] === "string")) continue;
    throw new CordonError("image-failed", `npm gives no digest for ${path}`);
  }
  return packages;
}

function split(spec: string): readonly [string, string] {
  const at = spec.lastIndexOf("@");
  return [spec.slice(0, at), spec.slice(at + 1)];
}

/** The programs of the packages that were asked for, not those of what they depend on. */
function linkPrograms(root: string, names: readonly string[]): void {
  mkdirSync(posix.join(root, BIN), { recursive: true });
  for (const name of names) {
    const folder = posix.join(FOLDER, "node_modules", name);
    const programs = programsOf(name, readFileSync(posix.join(root, folder, "package.json"), "utf8"));
    for (const [program, file] of programs) {
      const target = posix.join(folder, file);
      if (!target.startsWith(`${folder}/`) || !/^[\w.-]+$/.test(program) || /^\.+$/.test(program)) continue;
      symlinkSync(posix.relative(BIN, target), posix.join(root, BIN, program));
      chmodSync(posix.join(root, target), 0o755);
    }
  }
}

function programsOf(name: string, text: string): readonly (readonly [string, string])[] {
  const value: unknown = JSON.parse(text);
  const bin = isRecord(value) ? value["bin"] : undefined;
  if (typeof bin === "string") return [[posix.basename(name), bin]];
  if (!isRecord(bin)) return [];
  return Object.entries(bin).flatMap(([program, file]) => (typeof file === "string" ? [[program, file] as const] : []));
}
