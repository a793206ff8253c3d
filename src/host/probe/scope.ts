// Whether systemd gives a run a scope whose limits hold: tried on a process that does nothing, with a time limit. The scope goes with it.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { askScope, type SystemdWay } from "../scope.js";
import type { Answers } from "./answers.js";

/** Its name among the answers. */
export const SCOPE = "systemd-scope";

const TIMEOUT_MS = 8000;
const MEMORY_BYTES = 64 * 1024 * 1024;
const PIDS = 16;

/** `ok`, `not-kept` when a limit can't be read back, else `refused` or `timeout`. */
export async function askSystemd(way: SystemdWay, controllers: readonly string[]): Promise<Answers> {
  const child = spawn("sleep", ["60"], { env: { PATH: "/usr/bin:/bin" }, cwd: "/", stdio: "ignore" });
  const late = wait(TIMEOUT_MS, "timeout", { ref: false });
  try {
    return { [SCOPE]: await Promise.race([tryScope(way, controllers, child.pid), late]) };
  } catch {
    return { [SCOPE]: "refused" };
  } finally {
    child.kill("SIGKILL");
  }
}

async function tryScope(way: SystemdWay, controllers: readonly string[], pid: number | undefined): Promise<string> {
  if (pid === undefined) return "refused";
  const folder = await askScope(way, `cordon-probe-${pid}.scope`, {
    pid,
    memoryBytes: MEMORY_BYTES,
    pids: PIDS,
    cpu: 1,
  });
  const kept: Readonly<Record<string, readonly [file: string, value: string]>> = {
    memory: ["memory.max", `${MEMORY_BYTES}`],
    pids: ["pids.max", `${PIDS}`],
    cpu: ["cpu.max", "100000 100000"],
  };
  const holds = controllers.every((name) => {
    const [file, value] = kept[name] ?? [];
    return file !== undefined && readFileSync(join(folder, file), "utf8").trim() === value;
  });
  return holds ? "ok" : "not-kept";
}
