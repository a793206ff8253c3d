// Starting programs from tests: output collected, a time limit always, and never through a shell.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { dirname } from "node:path";
import type { Identity } from "./identity.js";
import { CORDON } from "./repository.js";
import { patience } from "./wait.js";

export interface Result {
  /** Exit status, or null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly stdoutBytes: Buffer;
}

export interface ExecOptions {
  readonly identity?: Identity;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Goes to stdin, which is then closed. Without it stdin is empty. */
  readonly input?: string | Buffer;
  /** Descriptors that the program inherits as 3, 4, … */
  readonly extraFds?: readonly number[];
  readonly timeoutMs?: number;
}

export interface Running {
  readonly child: ChildProcess;
  /** The pid of the program itself: becoming another user execs. */
  readonly pid: number;
  /** Everything it printed so far. */
  output(): string;
  errors(): string;
  readonly done: Promise<Result>;
}

const DEFAULT_TIMEOUT_MS = 60_000;

/** The system's programs and the Node that runs the tests; no version manager's shims. */
const PATH = `/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:${dirname(process.execPath)}`;

/** A clean environment: what a login gives, so that no test depends on who started the suite. */
function environment(options: ExecOptions): Record<string, string> {
  const home = options.identity?.home ?? process.env["HOME"] ?? "/";
  const name = options.identity?.name ?? "root";
  // The instrumented cordon-init, when the suite is run with it.
  const init = process.env["CORDON_INIT"];
  const base = { HOME: home, USER: name, LOGNAME: name, PATH, LANG: "C.UTF-8" };
  return { ...base, ...(init === undefined ? {} : { CORDON_INIT: init }), ...options.env };
}

export function start(argv: readonly string[], options: ExecOptions = {}): Running {
  const [program, ...args] = options.identity === undefined ? argv : options.identity.become(argv);
  if (program === undefined) throw new Error("nothing to run");
  const child = spawn(program, args, {
    env: environment(options),
    stdio: ["pipe", "pipe", "pipe", ...(options.extraFds ?? [])],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => stderr.push(chunk));
  child.stdin?.on("error", () => undefined);
  if (options.input !== undefined) child.stdin?.end(options.input);
  const timer = setTimeout(() => child.kill("SIGKILL"), patience(options.timeoutMs ?? DEFAULT_TIMEOUT_MS));
  const done = finish(child, stdout, stderr).finally(() => clearTimeout(timer));
  return {
    child,
    pid: child.pid ?? -1,
    output: () => Buffer.concat(stdout).toString("utf8"),
    errors: () => Buffer.concat(stderr).toString("utf8"),
    done,
  };
}

async function finish(child: ChildProcess, stdout: readonly Buffer[], stderr: readonly Buffer[]): Promise<Result> {
  const ended: unknown[] = await once(child, "close");
  const stdoutBytes = Buffer.concat(stdout);
  return {
    code: typeof ended[0] === "number" ? ended[0] : null,
    signal: child.signalCode,
    stdout: stdoutBytes.toString("utf8"),
    stderr: Buffer.concat(stderr).toString("utf8"),
    stdoutBytes,
  };
}

/** Runs to the end with stdin empty (or `input`). */
export function exec(argv: readonly string[], options: ExecOptions = {}): Promise<Result> {
  return start(argv, { input: "", ...options }).done;
}

export function cordonArgv(...args: readonly string[]): readonly string[] {
  return [CORDON, ...args];
}

/** One line about a result, for the message of a failed assertion. */
export function describeResult(result: Result): string {
  const how = result.signal === null ? `status ${result.code}` : `signal ${result.signal}`;
  return `${how}\nstdout: ${result.stdout.slice(0, 4000)}\nstderr: ${result.stderr.slice(0, 4000)}`;
}
