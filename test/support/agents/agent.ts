// An agent as its users have it, and a run of it inside: under its built-in profile, with the user's own policy on top, against a server
// that stands for its provider under the provider's own name. Nothing of the agent's configuration knows of any test.
import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Event } from "../../../src/events/types.js";
import type { Certificates } from "../egress/certificates.js";
import { TOOLS } from "../egress/tools.js";
import { eventsIn } from "../events.js";
import { cordonArgv, type ExecOptions, type Result, type Running, start } from "../exec.js";
import type { Cleanup, Stage } from "../stage.js";
import type { Model } from "./model.js";
import { openProviders, type Providers } from "./providers.js";

/** Where scripts/ci-agents.sh puts them. */
export const AGENTS = join(TOOLS, "agents");

/** Keys in nobody's use, of the form that the providers give out. */
export const KEYS = {
  anthropic: `sk-ant-api03-${letters(93)}AA`,
  openai: `sk-proj-${letters(48)}`,
  gemini: `AIza${letters(35)}`,
} as const;

function letters(length: number): string {
  return randomBytes(length).toString("hex").slice(0, length);
}

export interface Setting {
  readonly profile: string;
  /** Of scripts/ci-agents.sh: its `bin` is in the user's PATH. */
  readonly folder: string;
  /** The provider's hosts, which lead to the test's server. */
  readonly hosts: readonly string[];
  readonly certificates: Certificates;
  readonly model: Model;
  /** Further entries of network.allow, and whatever else the user's policy says. */
  readonly rules?: readonly unknown[];
  readonly settings?: Readonly<Record<string, unknown>>;
}

export interface AgentRun {
  readonly providers: Providers;
  /** What is kept between runs: the agent's home. */
  readonly home: string;
  readonly argv: (options: readonly string[], command: readonly string[]) => readonly string[];
  readonly env: Readonly<Record<string, string>>;
  start(options: readonly string[], command: readonly string[], more?: ExecOptions): Running;
  run(options: readonly string[], command: readonly string[], more?: ExecOptions): Promise<Result>;
  events(): readonly Event[];
}

const LIMIT_MS = 60_000;

export async function openAgent(cleanup: Cleanup, stage: Stage, setting: Setting): Promise<AgentRun> {
  const { profile, folder, hosts, certificates, model, rules = [], settings = {} } = setting;
  const providers = await openProviders(cleanup, certificates, model);
  const name = `test-${profile}-${randomBytes(4).toString("hex")}`;
  const home = join(stage.identity.home, ".local/share/cordon/homes", name);
  cleanup.after(() => rmSync(home, { recursive: true, force: true, maxRetries: 3 }));
  const allow = hosts.map((host) => ({ host, ports: [443], connect: `127.0.0.1:${providers.port}`, inspect: true }));
  const network = { allow: [...allow, ...rules], upstreamCa: [certificates.authority] };
  const policy = stage.write("policy.yaml", JSON.stringify({ version: 1, name, network, ...settings }));
  const events = stage.path("events.jsonl");
  const env = {
    PATH: `${join(AGENTS, folder, "bin")}:/usr/local/bin:/usr/bin:/bin`,
    XDG_CONFIG_HOME: stage.path("config"),
    XDG_STATE_HOME: stage.path("state"),
  };
  const argv = (options: readonly string[], command: readonly string[]) =>
    cordonArgv("run", "-p", policy, "--profile", profile, "--events", events, ...options, "--", ...command);
  const begin = (options: readonly string[], command: readonly string[], more: ExecOptions = {}): Running =>
    start(argv(options, command), {
      identity: stage.identity,
      cwd: stage.workspace,
      timeoutMs: LIMIT_MS,
      input: "",
      ...more,
      env: { ...env, ...more.env },
    });
  return {
    providers,
    home,
    argv,
    env,
    start: begin,
    run: (options, command, more) => begin(options, command, more).done,
    events: () => eventsIn(events),
  };
}
