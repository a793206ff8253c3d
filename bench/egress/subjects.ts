// What is compared: a way from a client to the server, whose agent measures it, and the processes whose memory counts.
import type { ChildProcess } from "node:child_process";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Lines, Way } from "./load.js";

export interface Subject {
  readonly name: string;
  readonly way: Way;
  /** Outside, or inside of a sandbox. */
  readonly agent: Lines;
  /** The proxy; none for direct. */
  readonly pid?: number;
}

export interface Missing {
  readonly name: string;
  readonly skipped: string;
}

/** The servers behind every proxy. */
export interface Servers {
  readonly raw: number;
  readonly tls: number;
  readonly certificate: string;
}

export interface Bench {
  readonly folder: string;
  readonly servers: Servers;
  /** Outside. */
  readonly agent: Lines;
  /** Ended with the benchmark. */
  readonly children: ChildProcess[];
}

const START_MS = 30_000;

/** Resolves when something listens, or when the process is gone. */
export async function listens(port: number, child: ChildProcess): Promise<boolean> {
  const until = performance.now() + START_MS;
  while (performance.now() < until && child.exitCode === null && child.signalCode === null) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect({ port, host: "127.0.0.1" });
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
      socket.once("connect", () => socket.destroy());
    });
    if (open) return true;
    await sleep(100);
  }
  return false;
}
