// Runs `cordon-init probe` with a time limit and an empty environment. A probe that fails or hangs gives no answers, and no
// answer is a "no".
import { execFile } from "node:child_process";
import { type Answers, parseAnswers } from "./answers.js";

const TIMEOUT_MS = 10_000;

export function askInit(path: string, timeoutMs = TIMEOUT_MS): Promise<Answers> {
  const options = {
    env: {},
    cwd: "/",
    timeout: timeoutMs,
    killSignal: "SIGKILL",
    maxBuffer: 65_536,
    encoding: "utf8",
  } as const;
  return new Promise((resolve) => {
    // What was printed before a failure is still true.
    execFile(path, ["probe"], options, (_error, stdout) => resolve(parseAnswers(stdout)));
  });
}
