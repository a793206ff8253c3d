// For tests: a gate with the real judge and meter whose dialer leads every target to one collector on loopback, which keeps what
// reached it. What counts in every test of an attack is what the collector saw.
import { once } from "node:events";
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import type { NetworkRule, PlannedNetwork } from "../../../plan/types.js";
import { makeJudge } from "../../decide/judge.js";
import { makeMeter } from "../../meter.js";
import { type Authority, createAuthority } from "../../tls/authority.js";
import { makeUpstreamTls } from "../../tls/upstream.js";
import type { Dialled, Target } from "../../types.js";
import { makeHttpGate } from "../gate.js";
import type { GateContext, HttpGate } from "../types.js";

export interface Collected {
  readonly method: string;
  readonly url: string;
  readonly version: string;
  readonly headers: readonly string[];
  body: string;
  trailers: readonly string[];
  complete: boolean;
}

export interface Told {
  readonly kind: "allowed" | "denied";
  readonly target: string;
  readonly code?: string;
  readonly reason?: string;
  readonly method?: string | undefined;
  readonly path?: string | undefined;
}

export type Answering = (request: IncomingMessage, response: ServerResponse) => void;
export type Entry = "plain" | "inspected" | "proxy";

export interface LabOptions {
  readonly rules?: readonly Partial<NetworkRule>[];
  readonly limits?: PlannedNetwork["limits"];
  readonly answering?: Answering;
  /** Instead of the collector: whatever upstreams are to be. */
  readonly upstream?: Server | undefined;
  readonly context?: Partial<GateContext>;
  /** Where `plain` and `inspected` connections are bound for. */
  readonly target?: Target;
  readonly sni?: string;
}

export function rule(part: Partial<NetworkRule>): NetworkRule {
  const base = {
    origin: "network.allow.0",
    place: "cordon.yaml:3:5",
    ports: [80, 443],
    inspect: false,
    filter: "off",
  } as const;
  return { host: "allowed.example", ...base, ...part };
}

export class Lab {
  readonly collected: Collected[] = [];
  readonly told: Told[] = [];
  readonly dialled: string[] = [];
  readonly connected: Target[] = [];
  /** Upstream connections as they were accepted. */
  readonly upstreamSockets: Socket[] = [];
  readonly #options: LabOptions;
  readonly #collector: Server;
  readonly #fronts = new Map<Entry, Promise<Server>>();
  readonly #sockets = new Set<Socket>();
  readonly authority: Authority;
  readonly upstreamAuthority: Authority;
  readonly gate: HttpGate;

  private constructor(options: LabOptions, authorities: readonly [Authority, Authority]) {
    this.#options = options;
    this.authority = authorities[0];
    this.upstreamAuthority = authorities[1];
    this.#collector = options.upstream ?? this.#makeCollector();
    this.#collector.on("connection", (socket: Socket) => {
      this.upstreamSockets.push(socket);
      this.#own(socket);
    });
    this.gate = makeHttpGate(this.#context());
  }

  static async open(options: LabOptions = {}, authorities?: readonly [Authority, Authority]): Promise<Lab> {
    const made = authorities ?? [await createAuthority("inside"), await createAuthority("upstream")];
    const lab = new Lab(options, made);
    if (!lab.#collector.listening) {
      lab.#collector.listen(0, "127.0.0.1");
      await once(lab.#collector, "listening");
    }
    return lab;
  }

  /** A client's connection that came in by `entry`. */
  async client(entry: Entry): Promise<Socket> {
    const opening = this.#fronts.get(entry) ?? this.#openFront(entry);
    this.#fronts.set(entry, opening);
    const front = await opening;
    const socket = connect({ port: portOf(front), host: "127.0.0.1", allowHalfOpen: true });
    this.#own(socket);
    await once(socket, "connect");
    return socket;
  }

  /** Sends bytes as they are; everything that comes back until the connection ends or is silent. */
  async raw(entry: Entry, bytes: string | Buffer, quietMs = 200): Promise<string> {
    const socket = await this.client(entry);
    let received = "";
    socket.on("data", (chunk: Buffer) => {
      received += chunk.toString("latin1");
    });
    socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
    await new Promise<void>((resolve) => {
      let timer = setTimeout(resolve, quietMs * 5);
      socket.on("data", () => {
        clearTimeout(timer);
        timer = setTimeout(resolve, quietMs);
      });
      socket.once("close", resolve).once("end", resolve);
    });
    socket.destroy();
    return received;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const servers = [...(await Promise.all(this.#fronts.values())), this.#collector];
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }

  #own(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => undefined).once("close", () => this.#sockets.delete(socket));
  }

  async #openFront(entry: Entry): Promise<Server> {
    const target = this.#options.target ?? { host: "allowed.example", port: entry === "inspected" ? 443 : 80 };
    const front = createServer({ allowHalfOpen: true }, (socket) => {
      this.#own(socket);
      if (entry === "proxy") this.gate.proxy(socket);
      else this.#enter(entry, socket, target);
    }).listen(0, "127.0.0.1");
    await once(front, "listening");
    return front;
  }

  #enter(entry: Entry, socket: Socket, target: Target): void {
    const verdict = this.#context().judge.target(target);
    if (!verdict.allowed) throw new Error(verdict.reason);
    if (entry === "plain") this.gate.plain(socket, target, "capture", verdict);
    // As who captures does: the first bytes are looked at and put back.
    else
      socket.once("data", (chunk) => {
        socket.pause();
        socket.unshift(chunk);
        this.gate.inspected(socket, target, "capture", verdict, this.#options.sni ?? target.host);
      });
  }

  #context(): GateContext {
    const { rules = [{}], limits = {} } = this.#options;
    const network: PlannedNetwork = {
      mode: "allowlist",
      rules: rules.map(rule),
      deny: [],
      limits,
      patterns: [],
      upstreamCa: [],
      blocklists: [],
      capture: "none",
      inspects: true,
      listeners: [],
      publish: [],
      sockets: [],
    };
    const tellOf = (kind: Told["kind"]) => (target: Target, what: object, detail: object) =>
      this.told.push({ ...what, ...detail, kind, target: `${target.host}:${target.port}` });
    return {
      judge: makeJudge(network),
      meter: makeMeter(network, { nowMs: () => performance.now(), hit: () => undefined }),
      dialer: { dial: (target) => this.#dial(target) },
      report: { allowed: tellOf("allowed"), denied: tellOf("denied"), nameDenied: () => undefined },
      authority: this.authority,
      upstreamTls: makeUpstreamTls({
        files: ["upstream.pem"],
        systemBundles: [],
        read: () => this.upstreamAuthority.certificatePem,
      }),
      connect: (socket, target) => {
        this.connected.push(target);
        socket.pipe(socket);
      },
      ...this.#options.context,
    };
  }

  async #dial(target: Target): Promise<Dialled> {
    this.dialled.push(`${target.host}:${target.port}`);
    const socket = connect({ port: portOf(this.#collector), host: "127.0.0.1", allowHalfOpen: true });
    this.#own(socket);
    await once(socket, "connect");
    return { allowed: true, socket, address: "127.0.0.1" };
  }

  #makeCollector(): Server {
    const answering: Answering = this.#options.answering ?? ((_request, response) => response.end("collected"));
    // Lenient on purpose: a request that only a careless server would take must be seen too.
    const collector = createHttp({ insecureHTTPParser: true, requireHostHeader: false }, (request, response) => {
      this.collect(request);
      answering(request, response);
    });
    collector.on("checkContinue", (request: IncomingMessage, response: ServerResponse) => {
      this.collect(request);
      answering(request, response);
    });
    return collector;
  }

  collect(request: IncomingMessage): void {
    const one: Collected = {
      method: request.method ?? "",
      url: request.url ?? "",
      version: request.httpVersion,
      headers: request.rawHeaders,
      body: "",
      trailers: [],
      complete: false,
    };
    this.collected.push(one);
    request.on("data", (chunk: Buffer) => {
      one.body += chunk.toString("latin1");
    });
    request.on("end", () => {
      one.trailers = request.rawTrailers;
      one.complete = request.complete;
    });
  }
}

export function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  return address !== null && typeof address === "object" ? address.port : 0;
}

export async function inLab(options: LabOptions, work: (lab: Lab) => Promise<void>): Promise<void> {
  const lab = await Lab.open(options);
  try {
    await work(lab);
  } finally {
    await lab.close();
  }
}
