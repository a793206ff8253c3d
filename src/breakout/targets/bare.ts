// No sandbox at all: the same script as the same user, so that an attack is seen to work where nothing forbids it. And somebody else's
// sandbox: a command line in which `{}` is the script.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { CordonError } from "../../core/error.js";
import type { World } from "../stage/world.js";
import type { Attempt, Ended, Target } from "../types.js";
import { callerOf } from "./caller.js";
import { Output, within } from "./collect.js";

export class BareTarget implements Target {
  readonly name = "no sandbox";
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  start(attempt: Attempt): Promise<Ended> {
    const { prober } = this.#world;
    const plain = ["/bin/sh", attempt.script];
    const argv = attempt.attack.baseline.kind === "namespaces" ? [prober, "namespaces", ...plain] : plain;
    return runProgram(this.#world, attempt, argv);
  }
}

export class CommandTarget implements Target {
  readonly name: string;
  readonly #world: World;
  readonly #words: readonly string[];

  constructor(world: World, command: string) {
    this.#words = command.split(/\s+/).filter((word) => word !== "");
    if (!this.#words.some((word) => word.includes("{}")))
      throw new CordonError("usage", "the command line has no {}, where the attack's script goes", {
        place: "--runner",
      });
    this.name = this.#words.join(" ");
    this.#world = world;
  }

  start(attempt: Attempt): Promise<Ended> {
    const fill = (word: string) => word.replaceAll("{}", attempt.script).replaceAll("{workspace}", attempt.workspace);
    return runProgram(this.#world, attempt, this.#words.map(fill));
  }
}

async function runProgram(world: World, attempt: Attempt, argv: readonly string[]): Promise<Ended> {
  const [program = "", ...args] = [...callerOf(attempt.attack, world), ...argv];
  const child = spawn(program, args, {
    cwd: attempt.workspace,
    env: { ...world.environment() },
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own: what it leaves behind can be ended with it.
    detached: true,
  });
  const output = new Output();
  output.read(child.stdout);
  output.read(child.stderr);
  const failed = new Promise<string>((settle) => child.once("error", (error) => settle(error.message)));
  const problem = await Promise.race([failed, ended(child.pid, once(child, "exit"), attempt.limitMs)]);
  if (problem !== undefined) return { output: "", obstacle: problem };
  return { output: await output.whole() };
}

async function ended(pid: number | undefined, exit: Promise<unknown>, limitMs: number): Promise<undefined> {
  const inTime = await within(exit, limitMs);
  if (!inTime && pid !== undefined) {
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // Gone meanwhile.
    }
  }
  return undefined;
}
