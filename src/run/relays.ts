// The sockets that a policy names, each as a socket of the supervisor's own that leads to it: so that connections are recorded, and
// bytes cross but descriptors don't. The files are gone from the host as soon as the sandbox has them.

import { once } from "node:events";
import { chmodSync, lstatSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Plan, PlannedSocket } from "../plan/types.js";

export interface Relay extends Omit<PlannedSocket, "target"> {
  /** Where it listens until `hide` was called. */
  readonly path: string;
  readonly server: Server;
}

export class Relays {
  readonly all: readonly Relay[];
  readonly #folder: string;

  private constructor(all: readonly Relay[], folder: string) {
    this.all = all;
    this.#folder = folder;
  }

  static async open({ network, identity }: Plan): Promise<Relays | undefined> {
    if (network.sockets.length === 0) return undefined;
    const folder = mkdtempSync(join(runtimeFolder(identity.hostUid), "cordon-sockets-"));
    try {
      const opening = network.sockets.map(({ target: _, ...socket }, index) =>
        listen(socket, join(folder, `${index}`)),
      );
      return new Relays(await Promise.all(opening), folder);
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Takes the files away: what is mounted inside goes on working. */
  hide(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  close(): void {
    for (const { server } of this.all) server.close();
    this.hide();
  }
}

async function listen(socket: Omit<PlannedSocket, "target">, path: string): Promise<Relay> {
  const server = createServer();
  server.listen(path);
  await once(server, "listening");
  // Who can reach it is decided by where it is: in a folder of ours, and in the sandbox.
  chmodSync(path, 0o666);
  return { ...socket, path, server };
}

/** A path of a socket has at most 107 bytes (unix(7)), which long folders for temporary files can exceed. */
function runtimeFolder(uid: number): string {
  const own = `/run/user/${uid}`;
  const status = lstatSync(own, { throwIfNoEntry: false });
  if (status?.isDirectory() === true && status.uid === uid && (status.mode & 0o077) === 0) return own;
  return Buffer.byteLength(tmpdir()) < 60 ? tmpdir() : "/tmp";
}
