// A place for one fault: a home, a workspace, a record and a host of its own, and Cordon as a program of its own in it, since a supervisor
// that is to be killed can't be this process. Everything is gone at the end.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Scope } from "../../core/scope.js";
import type { Collectors } from "../stage/collectors.js";
import { makeWorkspace } from "../stage/workspace.js";
import { Output, within } from "../targets/collect.js";
import { Agent } from "./agent.js";
import { faultProgram } from "./preload.js";
import { Receiver } from "./receiver.js";
import { type Proof, proofOf } from "./record.js";
import { Broken, NotShown } from "./types.js";

const COMMAND_MS = 30_000;

export interface BenchParts {
  readonly root: string;
  /** How Cordon is started: program and first words. */
  readonly cordon: readonly string[];
  readonly prober: string;
  readonly collectors: Collectors;
  readonly scope: Scope;
  /** Port on loopback of the one host that may be reached. */
  readonly port: number;
  readonly nonce: string;
}

export interface Started {
  /** More lines of the policy. */
  readonly policy?: string;
  /** How often the command does its round. */
  readonly rounds?: number;
  /** What the supervisor itself does to itself, at `bench.trigger()` (preload.ts). */
  readonly inside?: "listeners" | "names" | "clock-forward" | "clock-back" | "exception" | "blocked";
  readonly workspace?: string;
}

export interface CommandResult {
  readonly code: number | null;
  readonly output: string;
}

export class Bench {
  readonly #parts: BenchParts;
  #started = 0;

  constructor(parts: BenchParts) {
    this.#parts = parts;
    for (const name of ["home", "runtime", "state"]) mkdirSync(this.path(name), { recursive: true, mode: 0o700 });
  }

  get collectors(): Collectors {
    return this.#parts.collectors;
  }

  get prober(): string {
    return this.#parts.prober;
  }

  get port(): number {
    return this.#parts.port;
  }

  get nonce(): string {
    return this.#parts.nonce;
  }

  path(...parts: readonly string[]): string {
    return join(this.#parts.root, ...parts);
  }

  /** Cordon with a command that works: it writes, reaches its host, executes programs and tries what it may not, round after round. */
  async start({ policy = "", rounds = 400, inside, workspace = "workspace" }: Started = {}): Promise<Agent> {
    const { collectors, nonce, port, scope, prober } = this.#parts;
    const number = ++this.#started;
    const mark = `${nonce}-${number}-`;
    const folder = this.path(workspace);
    if (!existsSync(folder)) makeWorkspace({ folder, prober, denied: "denied" });
    const own = join(folder, "prober");
    const script = join(folder, `agent-${number}.sh`);
    writeFileSync(script, agentScript({ mark, rounds, prober: own, beat: `beat-${number}` }), { mode: 0o755 });
    const file = this.writePolicy(`policy-${number}.yaml`, policy, port);
    const events = this.path(`events-${number}.jsonl`);
    const options = ["-p", file, "-w", folder, "--events", events, "--name", `fault-${number}`];
    const env = inside === undefined ? {} : faultProgram(this.path(), inside);
    const child = this.#spawn(["run", ...options, "--", "/bin/sh", script], env);
    const agent = new Agent({ child, folder, beat: `beat-${number}`, mark, events, file, collectors });
    scope.defer(`agent ${number}`, () => agent.close());
    await this.until("the command works", () => agent.beats() > 2 && agent.arrivals() > 2, 15_000).catch((error) => {
      throw new NotShown(`the run didn't get to work: ${agent.errors().slice(0, 300) || String(error)}`);
    });
    return agent;
  }

  writePolicy(name: string, more: string, port: number = this.#parts.port): string {
    const file = this.path(name);
    const network =
      more.includes("network:") || port === 0
        ? ""
        : `network:\n  allow: [{ host: allowed.breakout.test, ports: [80], connect: "127.0.0.1:${port}" }]\n`;
    writeFileSync(file, `version: 1\nname: fault\n${network}audit:\n  dir: ${this.path("state")}\n${more}`);
    return file;
  }

  /** What the supervisor was told to do to itself happens now. */
  trigger(): void {
    writeFileSync(this.path("now"), "");
  }

  /** A command of Cordon to its end. */
  async cordon(...words: readonly string[]): Promise<CommandResult> {
    const child = this.#spawn(words, {});
    return finished(child);
  }

  /** cordon-prober changes a limit of a process of this user. */
  async limit(pid: number, what: "file-size" | "descriptors" | "memory", value: number): Promise<void> {
    const child = spawn(this.prober, ["limit", String(pid), what, String(value)], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    const { code, output } = await finished(child);
    if (code !== 0) throw new NotShown(`the limit couldn't be set: ${output.trim()}`);
  }

  /** What the record of an agent is worth. */
  record(agent: Agent): Promise<Proof> {
    return proofOf(agent.events, this.path("state"), () =>
      this.cordon("audit", "verify", this.path("state"), "--json"),
    );
  }

  /** Of all records here. */
  async verified(): Promise<{ readonly findings: number; readonly result: string }> {
    const { code, output } = await this.cordon("audit", "verify", this.path("state"));
    return { findings: code === 0 ? 0 : Math.max(1, output.split("\n").length - 1), result: output.slice(0, 300) };
  }

  recordLines(): readonly string[] {
    const folder = this.path("state/audit");
    const names = readdirSync(folder).filter((name) => name.endsWith(".jsonl"));
    return names.flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n").slice(0, -1));
  }

  /** Of the record's lines, on loopback. */
  async receiver(): Promise<Receiver> {
    const receiver = new Receiver();
    await receiver.up();
    this.#parts.scope.defer("receiver", () => receiver.down());
    return receiver;
  }

  async until(what: string, holds: () => boolean, limitMs = 10_000): Promise<void> {
    const endsAt = performance.now() + limitMs;
    while (!holds()) {
      if (performance.now() > endsAt) throw new Broken(`not within ${limitMs} ms: ${what}`);
      await pause(20);
    }
  }

  #spawn(words: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
    const [program = "", ...first] = this.#parts.cordon;
    return spawn(program, [...first, ...words], {
      cwd: this.path(),
      env: {
        PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        HOME: this.path("home"),
        LANG: "C.UTF-8",
        XDG_RUNTIME_DIR: this.path("runtime"),
        XDG_STATE_HOME: this.path("home/state"),
        ...env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((settle) => setTimeout(settle, ms));
}

async function finished(child: ChildProcess): Promise<CommandResult> {
  const output = new Output();
  output.read(child.stdout);
  output.read(child.stderr);
  const failed = new Promise((settle) => child.once("error", settle));
  if (!(await within(Promise.race([once(child, "exit"), failed]), COMMAND_MS))) child.kill("SIGKILL");
  return { code: child.exitCode, output: await output.whole() };
}

interface AgentScript {
  readonly mark: string;
  readonly rounds: number;
  readonly prober: string;
  readonly beat: string;
}

/** Ends with status 7 after its rounds. */
function agentScript({ mark, rounds, prober, beat }: AgentScript): string {
  const request = `GET http://allowed.breakout.test/${mark}$i HTTP/1.1\\r\\nHost: allowed.breakout.test\\r\\nConnection: close\\r\\n\\r\\n`;
  return `#!/bin/sh
proxy="\${HTTP_PROXY:-$http_proxy}"; at="\${proxy#*://}"; at="\${at%/}"; i=0
while [ $i -lt ${rounds} ]; do
  i=$((i + 1)); echo $i > ${beat}
  (echo x > .envrc) 2> /dev/null
  [ -f signals ] && . ./signals
  '${prober}' send tcp "\${at%:*}" "\${at##*:}" "${request}" > /dev/null 2>&1
  /bin/sleep 0.03
done
exit 7
`;
}
