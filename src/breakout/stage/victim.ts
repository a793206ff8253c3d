// The victim: another program of the same user, with a secret wherever a process can have one. It says where things lie and which
// signals it got; the secret itself never comes from it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { CordonError } from "../../core/error.js";
import type { Scope } from "../../core/scope.js";

const START_MS = 10_000;

export interface Victim {
  readonly pid: number;
  /** Address of the secret in its memory. */
  readonly address: string;
  readonly fd: number;
  readonly sharedMemory: number;
  readonly message: number;
  readonly keyName: string;
  /** Settles when every signal that was sent so far is counted. */
  settled(): Promise<void>;
  /** How often it got this signal so far. */
  signals(signal: number): number;
}

export interface VictimOptions {
  readonly prober: string;
  readonly secret: string;
  readonly keyName: string;
}

export async function startVictim(scope: Scope, { prober, secret, keyName }: VictimOptions): Promise<Victim> {
  const env = { VICTIM_SECRET: secret, VICTIM_KEY: keyName };
  const child = spawn(prober, ["victim"], { cwd: "/", env, stdio: ["pipe", "pipe", "ignore"] });
  child.on("error", () => undefined);
  child.stdin.on("error", () => undefined);
  const gone = once(child, "close");
  scope.defer("victim", async () => {
    // The end of its input lets it take back its shared memory and its key.
    child.stdin.end();
    const timer = setTimeout(() => child.kill("SIGKILL"), 2000);
    await gone;
    clearTimeout(timer);
  });
  const seen = new Map<number, number>();
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([
    once(lines, "line", { signal: AbortSignal.timeout(START_MS) }).then(([line]) => String(line)),
    gone.then(() => ""),
  ]);
  const waiting: (() => void)[] = [];
  void gone.then(() => {
    for (const settle of waiting.splice(0)) settle();
  });
  lines.on("line", (line) => {
    if (line === "settled") waiting.shift()?.();
    const signal = Number(/^signal (\d+)$/.exec(line)?.[1]);
    seen.set(signal, (seen.get(signal) ?? 0) + 1);
  });
  const words = /^victim (\d+) (0x[0-9a-f]+) (-?\d+) (-?\d+) (-?\d+) -?\d+$/.exec(first);
  const [, pid, address, fd, sharedMemory, message] = words ?? [];
  if (pid === undefined || address === undefined)
    throw new CordonError("launch-failed", "the victim process of the stage didn't start");
  return {
    pid: Number(pid),
    address,
    fd: Number(fd),
    sharedMemory: Number(sharedMemory),
    message: Number(message),
    keyName,
    settled: () =>
      new Promise((settle) => {
        waiting.push(settle);
        if (child.stdin.writable) child.stdin.write("?");
        else settle();
      }),
    signals: (signal) => seen.get(signal) ?? 0,
  };
}
