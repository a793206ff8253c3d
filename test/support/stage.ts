// A temporary place for one test: a workspace, room beside it, and ways to run things there inside and outside a sandbox.
// Removed with everything in it when the test ends.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import {
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { cordonArgv, describeResult, type ExecOptions, exec, type Result, type Running, start } from "./exec.js";
import type { Identity } from "./identity.js";

/** What of node:test's context is used here. */
export interface Cleanup {
  after(undo: () => void | Promise<void>): void;
}

export interface Stage {
  readonly identity: Identity;
  /** Holds everything; the caller's own, as the identity sees it. */
  readonly root: string;
  readonly workspace: string;
  /** Text that appears nowhere else on this machine. */
  readonly secret: string;
  path(...parts: readonly string[]): string;
  /** Writes a file below `root` (parents included), owned by the identity. */
  write(path: string, content: string | Buffer, mode?: number): string;
  makeDirectory(path: string): string;
  exists(path: string): boolean;
  /** Gives a file or a whole tree to the identity. */
  own(path: string): void;
  /** A command as the identity, outside any sandbox, in the workspace. */
  outside(argv: readonly string[], options?: ExecOptions): Promise<Result>;
  startOutside(argv: readonly string[], options?: ExecOptions): Running;
  /** The same command by `cordon run` with these options in front. */
  inside(argv: readonly string[], options?: InsideOptions): Promise<Result>;
  startInside(argv: readonly string[], options?: InsideOptions): Running;
  /** The words with which `inside` runs them, for those who start Cordon in a way of their own. */
  runArgv(argv: readonly string[], options?: InsideOptions): readonly string[];
}

export interface InsideOptions extends ExecOptions {
  readonly flags?: readonly string[];
  /** Cordon is expected to refuse the run. Otherwise a refusal fails the test: it would make every attack look harmless. */
  readonly refused?: boolean;
}

/** A policy of the test's own: no default profile decides what it shows. */
const POLICY = "version: 1\nname: test\n";

function ownTree(path: string, identity: Identity): void {
  lchownSync(path, identity.uid, identity.gid);
  if (!lstatSync(path).isDirectory()) return;
  for (const name of readdirSync(path)) ownTree(join(path, name), identity);
}

export function makeStage(cleanup: Cleanup, identity: Identity): Stage {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "cordon-test-")));
  cleanup.after(() => rmSync(root, { recursive: true, force: true, maxRetries: 3 }));
  const own = (path: string): void => ownTree(path, identity);
  own(root);
  const makeDirectory = (path: string): string => {
    const full = join(root, path);
    if (existsSync(full)) return full;
    if (dirname(full) !== root) makeDirectory(dirname(path));
    mkdirSync(full);
    own(full);
    return full;
  };
  const write = (path: string, content: string | Buffer, mode = 0o644): string => {
    const full = join(root, path);
    if (dirname(full) !== root) makeDirectory(dirname(path));
    writeFileSync(full, content, { mode });
    own(full);
    return full;
  };
  const workspace = makeDirectory("workspace");
  const policy = write("policy.yaml", POLICY);
  const runArgv = (argv: readonly string[], options: InsideOptions = {}): readonly string[] =>
    cordonArgv("run", "-p", policy, "-w", workspace, ...(options.flags ?? []), "--", ...argv);
  return {
    identity,
    root,
    workspace,
    secret: `secret-${randomBytes(12).toString("hex")}`,
    path: (...parts) => join(root, ...parts),
    write,
    makeDirectory,
    own,
    exists: (path) => existsSync(join(root, path)),
    outside: (argv, options = {}) => exec(argv, { identity, cwd: workspace, ...options }),
    startOutside: (argv, options = {}) => start(argv, { identity, cwd: workspace, ...options }),
    inside: async (argv, options = {}) => {
      const result = await exec(runArgv(argv, options), { identity, cwd: workspace, ...options });
      assert.equal(result.code === 125, options.refused === true, describeResult(result));
      return result;
    },
    runArgv,
    startInside: (argv, options = {}) => start(runArgv(argv, options), { identity, cwd: workspace, ...options }),
  };
}
