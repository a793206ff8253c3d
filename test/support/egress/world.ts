// What the clients of a test file talk to: certificates, the origin with all its sites, and how each name of the policy leads there.
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import type { Cleanup } from "../stage.js";
import { type Certificates, makeCertificates } from "./certificates.js";
import { echoWebSocket } from "./echo-websocket.js";
import { files } from "./files.js";
import { openOrigin, type Site } from "./origin.js";

/** A tunnel that TLS passes through unseen, TLS opened on its way, or plain HTTP. */
export type Way = "tunnel" | "inspected" | "plain";

export interface Service {
  /** Its name in the policy, which resolves nowhere else. */
  readonly host: string;
  /** The address that a client is given: of the server itself, or what it is called inside. */
  outside(way: Way): string;
  inside(way: Way): string;
  /** The policy's `network.allow`. */
  rule(way: Way): Readonly<Record<string, unknown>>;
  /** What came in, one line each. */
  readonly log: readonly string[];
}

export interface World {
  readonly folder: string;
  readonly certificates: Certificates;
  site(host: string): Service;
}

export const NAMES = ["files", "git", "npm", "pypi", "crates", "apt", "grpc"].map((name) => `${name}.test`);

/** A folder that every user may read, removed at the end. */
export function makeSharedFolder(cleanup: Cleanup): string {
  const folder = mkdtempSync(join(tmpdir(), "cordon-test-world-"));
  cleanup.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  chmodSync(folder, 0o755);
  return folder;
}

/** What a test file opened at its beginning is closed after its last test, in reverse. */
export function fileCleanup(): Cleanup {
  const undos: (() => void | Promise<void>)[] = [];
  after(async () => {
    for (const undo of undos.toReversed()) await undo();
  });
  return { after: (undo) => undos.push(undo) };
}

/** `sitesOf` is given a folder of its own, and says what answers beside `files`. */
export async function openWorld(
  cleanup: Cleanup,
  sitesOf: (folder: string) => Record<string, Site> = () => ({}),
): Promise<World> {
  const folder = makeSharedFolder(cleanup);
  mkdirSync(join(folder, "tls"));
  const certificates = makeCertificates(join(folder, "tls"), NAMES);
  const sites = { files, ...sitesOf(folder) };
  const origin = await openOrigin(cleanup, { certificates, sites, upgrade: echoWebSocket });
  const portOf = (way: Way): number => (way === "plain" ? origin.plainPort : origin.tlsPort);
  return {
    folder,
    certificates,
    site: (host) => ({
      host,
      outside: (way) => `${schemeOf(way)}://localhost:${portOf(way)}`,
      inside: (way) => `${schemeOf(way)}://${host}`,
      rule: (way) => ruleOf(host, way, { port: way === "plain" ? 80 : 443, upstream: portOf(way) }),
      log: origin.log,
    }),
  };
}

export function ruleOf(host: string, way: Way, to: { port: number; upstream: number }): Record<string, unknown> {
  const rule = { host, ports: [to.port], connect: `127.0.0.1:${to.upstream}` };
  return way === "inspected" ? { ...rule, inspect: true } : rule;
}

function schemeOf(way: Way): string {
  return way === "plain" ? "http" : "https";
}
