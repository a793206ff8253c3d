// For tests of opened TLS: labs whose upstreams show certificates of an authority that the gate trusts, and clients that trust the run's.
import assert from "node:assert/strict";
import { once } from "node:events";
import {
  type ClientHttp2Session,
  connect as connectHttp2,
  createSecureServer,
  type ServerHttp2Stream,
} from "node:http2";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { type Authority, createAuthority } from "../../tls/authority.js";
import { Lab, type LabOptions } from "./lab.js";

export const HOST = "allowed.example";

export class TlsLabs {
  readonly #authorities: readonly [Authority, Authority];
  readonly #labs: Lab[] = [];

  private constructor(authorities: readonly [Authority, Authority]) {
    this.#authorities = authorities;
  }

  static async make(): Promise<TlsLabs> {
    return new TlsLabs([await createAuthority("inside"), await createAuthority("upstream")]);
  }

  async open(options: LabOptions): Promise<Lab> {
    const lab = await Lab.open(options, this.#authorities);
    this.#labs.push(lab);
    return lab;
  }

  async close(): Promise<void> {
    await Promise.all(this.#labs.map((lab) => lab.close()));
  }

  /** A server's options: its certificate is for `host`, whatever name is asked for. */
  certified(host = HOST): object {
    return {
      SNICallback: (_name: string, done: (error: Error | null, context: unknown) => void) =>
        done(null, this.#authorities[1].contextFor(host)),
    };
  }

  h2Server(answering: (stream: ServerHttp2Stream, headers: Record<string, unknown>) => void) {
    const server = createSecureServer({ ...this.certified(), allowHTTP1: true });
    server.on("stream", (stream, headers) => {
      stream.on("error", () => undefined);
      answering(stream, { ...headers });
    });
    server.on("session", (session) => session.on("error", () => undefined));
    return server;
  }
}

/** A client's TLS connection through the gate. */
export async function tls(lab: Lab, ALPNProtocols: string[] = [], servername = HOST): Promise<TLSSocket> {
  const socket = connectTls({
    socket: await lab.client("inspected"),
    servername,
    ca: lab.authority.certificatePem,
    ALPNProtocols,
  });
  await once(socket, "secureConnect");
  return socket;
}

export async function http2(lab: Lab): Promise<ClientHttp2Session> {
  const socket = await tls(lab, ["h2", "http/1.1"]);
  assert.equal(socket.alpnProtocol, "h2");
  const session = connectHttp2(`https://${HOST}`, { createConnection: () => socket });
  session.on("error", () => undefined);
  return session;
}

export interface Got {
  readonly status: unknown;
  readonly headers: Record<string, unknown>;
  readonly body: string;
  readonly trailers: Record<string, unknown>;
}

export function ask(session: ClientHttp2Session, headers: Record<string, string>, body?: string): Promise<Got> {
  const stream = session.request({ ":path": "/", ...headers }, { endStream: body === undefined });
  return new Promise((resolve, reject) => {
    let head: Record<string, unknown> = {};
    let trailers = {};
    let got = "";
    stream.on("response", (received) => {
      head = { ...received };
    });
    stream.on("trailers", (received) => {
      trailers = { ...received };
    });
    stream.on("data", (chunk: Buffer) => {
      got += String(chunk);
    });
    stream.on("error", reject);
    stream.on("close", () => resolve({ status: head[":status"], headers: head, body: got, trailers }));
    if (body !== undefined) stream.end(body);
  });
}
