// A command that works in a sandbox while something breaks, seen from outside: what it wrote, what arrived of it, which of its processes
// live.
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Collectors } from "../stage/collectors.js";
import { Output, within } from "../targets/collect.js";
import { familyOf, type ProcessSeen, sendAll, survivors } from "./processes.js";

export interface AgentParts {
  readonly child: ChildProcess;
  readonly folder: string;
  readonly beat: string;
  /** In the path of each of its requests. */
  readonly mark: string;
  readonly events: string;
  /** Its policy. */
  readonly file: string;
  readonly collectors: Collectors;
}

export interface AgentEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class Agent {
  readonly #parts: AgentParts;
  readonly #output = new Output();
  readonly #exit: Promise<unknown>;
  #family: readonly ProcessSeen[] = [];
  #beats = 0;

  constructor(parts: AgentParts) {
    this.#parts = parts;
    this.#output.read(parts.child.stdout);
    this.#output.read(parts.child.stderr);
    this.#exit = once(parts.child, "exit").catch(() => undefined);
  }

  /** Of the supervisor. */
  get pid(): number {
    return this.#parts.child.pid ?? -1;
  }

  get events(): string {
    return this.#parts.events;
  }

  get policyFile(): string {
    return this.#parts.file;
  }

  /** The number of the round that it is in. */
  beats(): number {
    // The file is empty for a moment each time.
    this.#beats = Math.max(this.#beats, Number(textOf(join(this.#parts.folder, this.#parts.beat))));
    return this.#beats;
  }

  /** Requests of its that came to the host. */
  arrivals(): number {
    const { collectors, mark } = this.#parts;
    return (collectors.received("allowed", mark) ?? "").split(`/${mark}`).length - 1;
  }

  /** It has made a file that it may not make. */
  get broke(): boolean {
    return existsSync(join(this.#parts.folder, ".envrc"));
  }

  errors(): string {
    return this.#output.soFar;
  }

  /** The supervisor, everything below it, and whoever was seen there before. */
  family(): readonly ProcessSeen[] {
    const known = new Set(this.#family.map(({ pid }) => pid));
    this.#family = [...this.#family, ...familyOf(this.pid).filter(({ pid }) => !known.has(pid))];
    return this.#family;
  }

  /** Of the family, who still lives. */
  alive(): readonly ProcessSeen[] {
    return survivors(this.family());
  }

  signal(signal: NodeJS.Signals): void {
    this.#parts.child.kill(signal);
  }

  get ended(): AgentEnd | undefined {
    const { exitCode: code, signalCode: signal } = this.#parts.child;
    return code === null && signal === null ? undefined : { code, signal };
  }

  /** Its end, or undefined when it hasn't come in time. */
  async end(limitMs: number): Promise<AgentEnd | undefined> {
    await within(this.#exit, limitMs);
    return this.ended;
  }

  /** Whatever is left of it ends. */
  async close(): Promise<void> {
    sendAll([...this.alive()].reverse(), "SIGKILL");
    await within(this.#exit, 2000);
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return "0";
  }
}
