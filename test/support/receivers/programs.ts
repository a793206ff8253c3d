// Receivers of the record that others have made, started for one test each: rsyslog, the journal, and OpenTelemetry's own definitions.
import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { Certificates } from "../egress/certificates.js";
import { lacking, PYTHON } from "../egress/tools.js";
import { ROOT } from "../repository.js";
import type { Cleanup } from "../stage.js";
import { until } from "../wait.js";

export const JOURNALD = "/usr/lib/systemd/systemd-journald";
export const JOURNAL_REMOTE = "/usr/lib/systemd/systemd-journal-remote";
export const RSYSLOGD = "/usr/sbin/rsyslogd";

/** A program of the test's own, ended with it. */
export class Program {
  readonly #argv: readonly string[];
  #child: ChildProcess | undefined;
  #said = "";

  constructor(cleanup: Cleanup, argv: readonly string[]) {
    this.#argv = argv;
    cleanup.after(() => this.stop());
  }

  start(): void {
    const [program = "", ...args] = this.#argv;
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], cwd: "/" });
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => {
        this.#said = (this.#said + chunk.toString("utf8")).slice(-10_000);
      });
    this.#child = child;
  }

  get said(): string {
    return this.#said;
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    const last = setTimeout(() => child.kill("SIGKILL"), 5_000);
    await ended;
    clearTimeout(last);
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  assert.ok(typeof address === "object" && address !== null);
  return address.port;
}

async function listening(program: Program, port: number): Promise<void> {
  await until(`a listener at ${port}: ${program.said}`, () => isListening(port), 20_000);
}

function isListening(port: number): boolean {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, "0")} `;
  return ["/proc/net/tcp", "/proc/net/tcp6"].some(
    (file) =>
      existsSync(file) &&
      readFileSync(file, "utf8")
        .split("\n")
        .some((line) => line.includes(wanted) && / 0A /.test(line)),
  );
}

export interface Rsyslog {
  readonly tcpPort: number;
  readonly tlsPort: number;
  readonly streamSocket: string;
  readonly datagramSocket: string;
  start(): Promise<void>;
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** What it wrote: priority, type, structured data, and the line itself. */
  messages(): readonly {
    readonly priority: number;
    readonly type: string;
    readonly data: string;
    readonly line: string;
  }[];
}

export async function makeRsyslog(cleanup: Cleanup, folder: string, certificates: Certificates): Promise<Rsyslog> {
  const [tcpPort, tlsPort] = [await freePort(), await freePort()];
  const at = (name: string): string => join(folder, name);
  writeFileSync(at("rsyslog.conf"), rsyslogConfig({ folder, certificates, tcpPort, tlsPort }));
  const program = new Program(cleanup, [RSYSLOGD, "-n", "-f", at("rsyslog.conf"), "-i", at("rsyslog.pid")]);
  return {
    tcpPort,
    tlsPort,
    streamSocket: at("stream"),
    datagramSocket: at("datagram"),
    start: async () => {
      program.start();
      await listening(program, tlsPort);
    },
    stop: (signal) => program.stop(signal),
    messages: () =>
      existsSync(at("messages")) ? readFileSync(at("messages"), "utf8").split("\n").filter(Boolean).map(messageOf) : [],
  };
}

function messageOf(text: string): ReturnType<Rsyslog["messages"]>[number] {
  const [, priority, type = "", data = "", line = ""] = /^(\d+)\t([^\t]*)\t([^\t]*)\t ?(.*)$/.exec(text) ?? [];
  return { priority: Number(priority), type, data, line };
}

function rsyslogConfig(of: { folder: string; certificates: Certificates; tcpPort: number; tlsPort: number }): string {
  const { folder, certificates, tcpPort, tlsPort } = of;
  const driver = 'StreamDriver.Name="gtls" StreamDriver.Mode="1" StreamDriver.AuthMode="anon"';
  const files = `defaultNetstreamDriverCAFile="${certificates.authority}" defaultNetstreamDriverCertFile="${certificates.certificate}" defaultNetstreamDriverKeyFile="${certificates.key}"`;
  return `
module(load="imptcp")
module(load="imtcp" ${driver})
module(load="imuxsock" SysSock.Use="off")
global(workDirectory="${folder}" maxMessageSize="128k" ${files})
template(name="parts" type="string" string="%pri%\\t%msgid%\\t%structured-data%\\t%msg%\\n")
input(type="imptcp" port="${tcpPort}" address="127.0.0.1")
input(type="imptcp" path="${join(folder, "stream")}" unlink="on" fileCreateMode="0666")
input(type="imtcp" port="${tlsPort}" address="127.0.0.1")
input(type="imuxsock" Socket="${join(folder, "datagram")}")
action(type="omfile" file="${join(folder, "messages")}" template="parts")
`;
}

type Entry = Readonly<Record<string, unknown>>;

function entriesOf(...selection: readonly string[]): readonly Entry[] {
  const argv = ["--no-pager", "--all", "--output=json", ...selection];
  const text = execFileSync("journalctl", argv, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    timeout: 20_000,
  });
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      const value: unknown = JSON.parse(line);
      assert.ok(typeof value === "object" && value !== null);
      return { ...value };
    });
}

/** The system's own journal, in a mount namespace of its own: it believes that /run is its. */
export async function startJournald(
  cleanup: Cleanup,
  folder: string,
): Promise<{ socket: string; entries(): readonly Entry[] }> {
  for (const name of ["run", "log"]) mkdirSync(join(folder, name), { mode: 0o755 });
  writeFileSync(
    join(folder, "journald.conf"),
    "[Journal]\nStorage=volatile\nReadKMsg=no\nAudit=no\nForwardToSyslog=no\nRateLimitBurst=0\n",
  );
  const script = `mkdir -p /run/systemd /run/log && mount --bind "$1/run" /run/systemd && mount --bind "$1/log" /run/log &&
    mount --bind "$1/journald.conf" /etc/systemd/journald.conf && exec ${JOURNALD}`;
  const program = new Program(cleanup, [
    "unshare",
    "--mount",
    "--propagation",
    "private",
    "sh",
    "-c",
    script,
    "sh",
    folder,
  ]);
  program.start();
  const socket = join(folder, "run/journal/stdout");
  await until(`the journal's socket: ${program.said}`, () => existsSync(socket), 20_000);
  return { socket, entries: () => entriesOf("--directory", join(folder, "log/journal"), "--identifier=cordon") };
}

export interface JournalRemote {
  readonly port: number;
  start(): Promise<void>;
  stop(): Promise<void>;
  entries(...match: readonly string[]): readonly Entry[];
}

export async function makeJournalRemote(
  cleanup: Cleanup,
  folder: string,
  certificates?: Certificates,
): Promise<JournalRemote> {
  const port = await freePort();
  const file = join(folder, "remote.journal");
  const tls =
    certificates === undefined
      ? [`--listen-http=127.0.0.1:${port}`]
      : [`--listen-https=127.0.0.1:${port}`, `--key=${certificates.key}`, `--cert=${certificates.certificate}`];
  const program = new Program(cleanup, [JOURNAL_REMOTE, ...tls, `--output=${file}`, "--split-mode=none"]);
  return {
    port,
    start: async () => {
      program.start();
      await listening(program, port);
    },
    stop: () => program.stop(),
    entries: (...match) => (existsSync(file) ? entriesOf("--file", file, ...match) : []),
  };
}

export interface OtlpServer {
  readonly port: number;
  /** Each request, decoded by OpenTelemetry's definitions and written again as those do. */
  requests(): readonly unknown[];
}

/** Why the receiver of OpenTelemetry can't be started. */
export function lackingOtlp(): Promise<string | undefined> {
  return lacking([PYTHON]);
}

export async function startOtlp(cleanup: Cleanup, folder: string): Promise<OtlpServer> {
  const port = await freePort();
  const file = join(folder, "otlp");
  const program = new Program(cleanup, [PYTHON, join(ROOT, "test/support/receivers/otlp.py"), String(port), file]);
  program.start();
  await listening(program, port);
  return {
    port,
    requests: () =>
      existsSync(file)
        ? readFileSync(file, "utf8")
            .split("\n")
            .filter(Boolean)
            .map((line): unknown => JSON.parse(line))
        : [],
  };
}
