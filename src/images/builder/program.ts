// Other programs that a build needs (apt-get, dpkg-deb, npm): an argv, never a shell, always with a time limit.
import { execFile } from "node:child_process";
import { CordonError } from "../../core/error.js";
import { printable } from "../../core/text.js";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ProgramOptions {
  readonly cwd: string;
  readonly env: Environment;
  readonly timeoutMs?: number;
  /** Of the package that brings the program, for who doesn't have it. */
  readonly from: string;
}

const DEFAULT_TIMEOUT_MS = 600_000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** What it prints on stdout; a CordonError with its last complaint when it fails. */
export function runProgram(argv: readonly string[], options: ProgramOptions): Promise<string> {
  const [program = "", ...args] = argv;
  const { cwd, env, timeoutMs = DEFAULT_TIMEOUT_MS, from } = options;
  return new Promise((resolve, reject) => {
    const child = execFile(
      program,
      args,
      {
        cwd,
        env: { ...env, LC_ALL: "C", TZ: "UTC" },
        timeout: timeoutMs,
        killSignal: "SIGKILL",
        maxBuffer: MAX_OUTPUT_BYTES,
      },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(failure(program, { error, stderr, from }));
      },
    );
    child.stdin?.end();
  });
}

interface Failure {
  readonly error: Error & { readonly code?: unknown; readonly killed?: boolean };
  readonly stderr: string;
  readonly from: string;
}

function failure(program: string, { error, stderr, from }: Failure): CordonError {
  if (error.code === "ENOENT")
    return new CordonError("host-unsupported", `${program} isn't there`, { hint: `install ${from}`, cause: error });
  if (error.killed === true) return new CordonError("image-failed", `${program} took too long and was ended`);
  const lines = stderr.split("\n").filter((line) => line.trim() !== "");
  const told = lines.filter((line) => /^(?:E:|npm error|dpkg-deb: error)/i.test(line));
  const words = printable((told.length > 0 ? told : lines.slice(-2)).slice(0, 3).join("; "), 600);
  return new CordonError("image-failed", `${program} failed: ${words === "" ? error.message.split("\n")[0] : words}`);
}
