// Asks the user before a key signs, as ssh-agent itself does: by the program that $SSH_ASKPASS names. No program, no answer in time, or any other
// status than 0 is a no.
import { spawn } from "node:child_process";
import { isAbsolute } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

const TIMEOUT_MS = 60_000;

export function askUser(question: string, env: Environment): Promise<boolean> {
  const program = env["SSH_ASKPASS"];
  if (program === undefined || !isAbsolute(program)) return Promise.resolve(false);
  return new Promise((resolve) => {
    const child = spawn(program, [question], {
      cwd: "/",
      env: { ...env, SSH_ASKPASS_PROMPT: "confirm" },
      stdio: "ignore",
      timeout: TIMEOUT_MS,
      killSignal: "SIGKILL",
    });
    child.once("error", () => resolve(false));
    child.once("close", (code) => resolve(code === 0));
  });
}
