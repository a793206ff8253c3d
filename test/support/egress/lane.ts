// One sandbox with a network of a test's own: its policy, what ran inside, and what the record says of it. And servers to judge by: what
// they saw is what got out.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import type { Result, Running } from "../exec.js";
import type { Cleanup, InsideOptions, Stage } from "../stage.js";
import { until } from "../wait.js";

export type Told = Readonly<Record<string, unknown>>;

export interface Lane {
  /** For bash. */
  run(script: string, options?: InsideOptions): Promise<Result>;
  start(script: string, options?: InsideOptions): Running;
  /** The record so far. */
  events(): readonly Told[];
}

/** Without the machine's own bashrc, which bash reads when its stdin is a socket. */
const SHELL = ["bash", "--norc", "-c"];
/** The proxy is obeyed unless a script takes the variables away with this. */
export const NO_PROXY = "unset HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY http_proxy https_proxy all_proxy no_proxy;";

/** `network` as in a policy. */
export function openLane(stage: Stage, network: unknown): Lane {
  stage.write("policy.yaml", JSON.stringify({ version: 1, name: "test", network }));
  const file = stage.path("events");
  const flags = ["--quiet", "--events", file];
  return {
    run: (script, options = {}) => stage.inside([...SHELL, script], { flags, ...options }),
    start: (script, options = {}) => stage.startInside([...SHELL, script], { flags, ...options }),
    events: () => (stage.exists("events") ? readFileSync(file, "utf8").split("\n").filter(Boolean).map(readTold) : []),
  };
}

function readTold(line: string): Told {
  const parsed: unknown = JSON.parse(line);
  assert.ok(typeof parsed === "object" && parsed !== null);
  return { ...parsed };
}

/** What was denied, as `code host:port`, each once and in order. */
export function denials(events: readonly Told[]): readonly string[] {
  const denied = events.filter(({ type }) => type === "network.denied");
  return [...new Set(denied.map(({ code, host, port }) => `${String(code)} ${String(host)}:${String(port)}`))];
}

export function hits(events: readonly Told[]): readonly string[] {
  return [...new Set(events.filter(({ type }) => type === "limit.hit").map(({ limit }) => String(limit)))];
}

export interface Collector {
  readonly port: number;
  /** Connections that came in so far. */
  readonly count: () => number;
  readonly bytes: () => number;
  readonly text: () => string;
}

/** Counts what comes; `serve` may answer. */
export async function collect(
  cleanup: Cleanup,
  serve: (socket: Socket) => void = () => undefined,
  host = "127.0.0.1",
): Promise<Collector> {
  const open = new Set<Socket>();
  const seen = { count: 0, bytes: 0, text: "" };
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    seen.count += 1;
    open.add(socket);
    socket.on("error", () => undefined).once("close", () => open.delete(socket));
    socket.on("data", (chunk: Buffer) => {
      seen.bytes += chunk.length;
      if (seen.text.length < 100_000) seen.text += chunk.toString("latin1");
    });
    serve(socket);
  });
  server.listen(0, host);
  await once(server, "listening");
  cleanup.after(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return { port: address.port, count: () => seen.count, bytes: () => seen.bytes, text: () => seen.text };
}

/** Answers each request with a few bytes and closes. */
export function answerHttp(socket: Socket): void {
  socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 7\r\nconnection: close\r\n\r\nreached"));
}

/** Waits until it has printed this. */
export async function printed(running: Running, text: string): Promise<void> {
  await until(`${text} in ${running.output()} ${running.errors()}`, () => running.output().includes(text), 20_000);
}
