// The staged world of one breakout: a temporary folder with a home full of secrets, servers on loopback, a victim process. Everything that
// attacks may touch is in here; closing the scope takes it all away. Nothing of the real home is read or written.

import { randomBytes } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import type { Scope } from "../../core/scope.js";
import { retryRequest } from "../hello.js";
import type { Attack, Attempt, Ended, Facts, TweakStage } from "../types.js";
import { Collectors } from "./collectors.js";
import { plant, Secrets } from "./secrets.js";
import { authorityFiles, openSecureServers } from "./secure.js";
import { scriptText, type Variables } from "./variables.js";
import { startVictim, type Victim } from "./victim.js";
import { makeWorkspace } from "./workspace.js";

const SCRIPT = "attack.sh";
const MAX_FILE = 1024 * 1024;
const LIMIT_MS = 20_000;
const SIGNALS = Array.from({ length: 65 }, (_, number) => number);

interface Parts {
  readonly root: string;
  readonly prober: string;
  readonly secrets: Secrets;
  readonly collectors: Collectors;
  readonly victim: Victim;
  readonly variables: Variables;
  readonly scope: Scope;
}

export class World {
  readonly #parts: Parts;
  readonly #signalsBefore = new Map<string, readonly number[]>();
  #attempts = 0;

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** `prober`: cordon-prober as it came with Cordon. */
  static async make(scope: Scope, prober: string): Promise<World> {
    const root = realpathSync(mkdtempSync(join(tmpdir(), "cordon-breakout-")));
    scope.defer("staged world", () => rmSync(root, { recursive: true, force: true, maxRetries: 3 }));
    const secrets = new Secrets();
    secrets.plantHome(join(root, "home"));
    plant(join(root, "neighbour/secret"), `${secrets.of("neighbour")}\n`);
    plant(join(root, "tmp/secret"), `${secrets.of("tmp")}\n`, 0o644);
    plant(join(root, "leaked/secret"), `${secrets.of("leaked")}\n`);
    for (const name of ["run", "work", "runtime"])
      mkdirSync(join(root, name), { mode: name === "runtime" ? 0o700 : 0o755 });
    const own = join(root, "prober");
    copyFileSync(prober, own);
    chmodSync(own, 0o755);
    const collectors = new Collectors(scope);
    const keyName = `cordon-breakout-${randomBytes(4).toString("hex")}`;
    const victim = await startVictim(scope, { prober: own, secret: secrets.of("victim"), keyName });
    const variables = {
      ...placesOf(root),
      ...victimVariables(victim),
      ...(await openCollectors(root, collectors, secrets)),
    };
    return new World({ root, prober: own, secrets, collectors, victim, variables, scope });
  }

  get root(): string {
    return this.#parts.root;
  }

  get home(): string {
    return join(this.#parts.root, "home");
  }

  get prober(): string {
    return this.#parts.prober;
  }

  get stage(): TweakStage {
    const port = (name: string) => Number(this.#parts.variables[name]);
    return {
      allowedPort: port("ALLOWED_PORT"),
      deniedPort: port("TCP4"),
      retryPort: port("RETRY"),
      tlsPort: port("TLS"),
      foreignPort: port("FOREIGN"),
      ...authorityFiles(this.#parts.root),
    };
  }

  get leaked(): { readonly file: string; readonly folder: string } {
    return { file: join(this.root, "leaked/secret"), folder: this.home };
  }

  /** The environment of the staged user: what the caller of a sandbox has. */
  environment(): Readonly<Record<string, string>> {
    return {
      PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      HOME: this.home,
      USER: "staged",
      LANG: "C.UTF-8",
      DBUS_SESSION_BUS_ADDRESS: `unix:path=${join(this.root, "run/bus")}`,
      SSH_AUTH_SOCK: join(this.root, "run/agent"),
      DOCKER_HOST: `unix://${join(this.root, "run/docker.sock")}`,
      ...this.#parts.secrets.environment(),
    };
  }

  /** Something of the home that the policy grants. */
  standIn(path: string, file: boolean): void {
    const at = join(this.home, path);
    rmSync(at, { recursive: true, force: true });
    if (file) plant(at, "# granted\n");
    else mkdirSync(at, { recursive: true });
  }

  /** A fresh workspace with the script in it. */
  async attempt(attack: Attack): Promise<Attempt> {
    const { root, secrets, collectors, variables } = this.#parts;
    const workspace = join(root, "work", String(++this.#attempts));
    const { prober } = makeWorkspace({ folder: workspace, prober: this.prober, denied: secrets.of("denied") });
    await collectors.unix("app", join(workspace, "run/app"), secrets.of("app"));
    const nonce = `mark-${randomBytes(9).toString("hex")}`;
    const all = { ...variables, PROBER: prober, WORKSPACE: workspace, NONCE: nonce };
    const script = join(workspace, SCRIPT);
    writeFileSync(script, scriptText({ variables: all, inside: attack.inside, nonce }), { mode: 0o755 });
    await this.#parts.victim.settled();
    this.#signalsBefore.set(
      nonce,
      SIGNALS.map((signal) => this.#parts.victim.signals(signal)),
    );
    return { attack, nonce, workspace, script, limitMs: LIMIT_MS };
  }

  async facts({ nonce, workspace }: Attempt, ended: Ended): Promise<Facts> {
    await this.#parts.victim.settled();
    const { secrets, collectors, victim, root } = this.#parts;
    const place = (path: string) => join(root, path.replace(/^workspace(?=\/|$)/, relative(root, workspace)));
    return {
      output: ended.output,
      nonce,
      secret: (name) => secrets.of(name),
      received: (collector) => collectors.received(collector, nonce),
      file: (path) => textOf(place(path)),
      size: (path) => statSync(place(path), { throwIfNoEntry: false })?.size ?? 0,
      names: (path) => (existsSync(place(path)) ? readdirSync(place(path)) : []),
      hostFileExists: (path) => existsSync(path),
      // Attacks use different signals, so that those made at the same time don't count for each other.
      signalled: (signal) => victim.signals(signal) > (this.#signalsBefore.get(nonce)?.[signal] ?? 0),
      passed: ended.passed ?? [],
      executed: ended.executed ?? [],
      touched: ended.touched ?? [],
    };
  }

  /** What an attempt left is of no use any more. */
  forget({ workspace }: Attempt): void {
    rmSync(workspace, { recursive: true, force: true, maxRetries: 3 });
  }
}

function placesOf(root: string): Variables {
  return {
    STAGE: root,
    HOST_HOME: join(root, "home"),
    NEIGHBOUR: join(root, "neighbour/secret"),
    HOST_TMP: join(root, "tmp"),
    DOCKER: join(root, "run/docker.sock"),
    BUS: join(root, "run/bus"),
    X11: join(root, "run/X0"),
    AGENT: join(root, "run/agent"),
  };
}

function victimVariables(victim: Victim): Variables {
  return {
    VICTIM_PID: victim.pid,
    VICTIM_ADDRESS: victim.address,
    VICTIM_FD: victim.fd,
    VICTIM_SHARED: victim.sharedMemory,
    VICTIM_MESSAGE: victim.message,
    VICTIM_KEY: victim.keyName,
  };
}

async function openCollectors(root: string, collectors: Collectors, secrets: Secrets): Promise<Variables> {
  for (const [name, file] of Object.entries({
    docker: "docker.sock",
    bus: "bus",
    x11: "X0",
    agent: "agent",
    named: "named",
  }))
    await collectors.unix(name, join(root, "run", file), secrets.of(name));
  const abstract = `cordon-breakout-${randomBytes(6).toString("hex")}`;
  await collectors.unix("abstract", `\0${abstract}`, secrets.of("abstract"));
  const secure = await openSecureServers(root, collectors);
  const ports = {
    TCP4: await collectors.tcp("tcp4", "127.0.0.1"),
    TCP6: await collectors.tcp("tcp6", "::1"),
    UDP4: await collectors.udp("udp4", "127.0.0.1"),
    UDP6: await collectors.udp("udp6", "::1"),
    DNS: await collectors.udp("dns", "127.0.0.1"),
    ALLOWED_PORT: await collectors.tcp("allowed", "127.0.0.1"),
    RETRY: await collectors.retrying("retry", retryRequest()),
    TLS: secure.tls,
    FOREIGN: secure.foreign,
  };
  return { ABSTRACT: abstract, ...Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, port ?? 9])) };
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").slice(0, MAX_FILE);
  } catch {
    return undefined;
  }
}
