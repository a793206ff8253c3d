// The network of one run, as one object: whatever the sandbox may reach is reached through its listeners, and nothing else is.
// It must never let an error of one connection reach another, nor leave a socket open when it is closed.
import { Socket as DatagramSocket } from "node:dgram";
import { once } from "node:events";
import type { Server, Socket } from "node:net";
import { CordonError } from "../core/error.js";
import type { EventDraft } from "../events/types.js";
import type { Listener, PlannedNetwork } from "../plan/types.js";
import { makeJudge } from "./decide/judge.js";
import { exactNames, NewNames, withNameChecks } from "./dns/guard.js";
import { SyntheticNames } from "./dns/names.js";
import { type NameService, serveNames } from "./dns/service.js";
import type { Blocklists } from "./dns/zones.js";
import type { FilterFactory, Finding, GateContext, HttpGate } from "./http/types.js";
import { makeMeter } from "./meter.js";
import { captured, type Naming, syntheticRange } from "./proxy/captured.js";
import { Connections } from "./proxy/connection.js";
import { makeDialer, type TunnelDialer } from "./proxy/dial.js";
import { InFlight } from "./proxy/in-flight.js";
import { ownAddresses } from "./proxy/own.js";
import { type Published, type Stop, serveForward, servePublished, serveSocket } from "./proxy/ports.js";
import type { Resolve } from "./proxy/resolve.js";
import { serveSocks } from "./proxy/socks.js";
import type { Splicer } from "./proxy/splice.js";
import { makeReporter } from "./report.js";
import type { Allowed, CountingMeter, Judge, Reporter, Target } from "./types.js";

export interface EgressOptions {
  readonly network: PlannedNetwork;
  readonly emit: (draft: EventDraft) => void;
  /** A clock that counts up. */
  readonly nowMs: () => number;
  /** Told in refusals as the place to add a rule. */
  readonly policyFile?: string;
  readonly blocklists: Blocklists;
  /** For rules that open TLS. */
  readonly authority?: NonNullable<GateContext["authority"]>;
  readonly upstreamTls: GateContext["upstreamTls"];
  readonly filter?: FilterFactory;
  readonly guard?: FilterFactory;
  readonly decoys?: FilterFactory;
  readonly secrets?: NonNullable<GateContext["secrets"]>;
  /** The host's resolver, unless a test has another. */
  readonly resolve?: Resolve;
  readonly own?: () => ReadonlySet<string>;
  /** Carries long connections where the policy counts no bytes; closed with everything else. */
  readonly splicer?: Splicer;
  /** Loads the HTTP gate, which is large, when the first connection needs it. */
  readonly loadGate?: (context: GateContext) => Promise<HttpGate>;
}

/** Of one listener at a time: more than the tunnels that the meter allows, so that refusals can still be told. */
const MAX_SOCKETS = 4096;
const DNS_PORT = 53;
const CLOSE_MS = 2_000;
/** For what programs sent before they ended. */
const LANDING_MS = 500;

export class Egress {
  readonly #options: EgressOptions;
  readonly #report: Reporter;
  readonly #judge: Judge;
  readonly #meter: CountingMeter;
  readonly #dialer: TunnelDialer;
  readonly #dns: NameService;
  readonly #naming: Naming;
  readonly #connections: Connections;
  readonly #servers = new Set<Server>();
  readonly #open = new Set<Socket>();
  readonly #stops = new Set<Stop>();
  readonly #inFlight = new InFlight();
  #gate: Promise<HttpGate> | undefined;
  #closed = false;

  constructor(options: EgressOptions) {
    const { network, emit, nowMs, policyFile, blocklists } = options;
    this.#options = options;
    this.#report = makeReporter(emit);
    const judge = makeJudge(network, policyFile === undefined ? {} : { policyFile });
    // SECURITY(T26): a name that a proxy is asked for is looked up on the host, as if it had been asked for here.
    const checks = { blocklists, exactNames: exactNames(network) };
    this.#judge = withNameChecks(judge, checks);
    const newNames = new NewNames(checks, nowMs);
    this.#meter = makeMeter(network, {
      nowMs,
      hit: (limit, value) => emit({ type: "limit.hit", limit, value, action: "refused" }),
    });
    const range = syntheticRange(network.capture);
    const names = new SyntheticNames(range.prefix);
    this.#naming = { range, nameOf: (address) => names.nameOf(address) };
    this.#dns = serveNames({ judge: this.#judge, names, report: this.#report, ...checks, newNames, nowMs });
    const own = options.own ?? ownAddresses(nowMs);
    const { resolve } = options;
    // SECURITY(T26): a name that was never asked for here is about to be looked up on the host.
    const refuse = (host: string, verdict: Allowed) => newNames.refused(host, verdict);
    this.#dialer = makeDialer({ own, refuse, ...(resolve === undefined ? {} : { resolve }) });
    this.#connections = new Connections({
      judge: this.#judge,
      meter: this.#meter,
      dialer: this.#dialer,
      report: this.#report,
      gate: () => this.#loadGate(),
      inFlight: this.#inFlight,
      ...(uncounted(network) ? { splicer: options.splicer } : {}),
    });
  }

  /** Serves a listener that the sandbox can reach; closes it together with everything else. */
  accept(listener: Listener, server: Server | DatagramSocket): void {
    if (server instanceof DatagramSocket) {
      if (listener.role !== "dns" || this.#closed) server.close();
      else this.#dns.udp(server);
      return;
    }
    if (listener.role === "forward") this.#forward(listener, server);
    else this.#listen(server, this.#doorOf(listener.role));
  }

  /** Serves a socket of ours that is visible inside and leads to one of the host. */
  socket(server: Server, socket: { readonly source: string; readonly origin: string }): void {
    if (this.#closed) server.close();
    else
      this.#stops.add(
        serveSocket(server, socket, { report: this.#report, meter: this.#meter, inFlight: this.#inFlight }),
      );
  }

  /** Listens on the host's loopback for a port of the sandbox; rejects when the port is taken. */
  async publish(published: Published): Promise<void> {
    const stop = await servePublished(published, {
      report: this.#report,
      meter: this.#meter,
      inFlight: this.#inFlight,
    });
    if (this.#closed) stop();
    else this.#stops.add(stop);
  }

  /** Bytes of a long connection that somebody else carries count when it has ended. */
  get traffic(): { readonly connections: number; readonly uploadedBytes: number; readonly downloadedBytes: number } {
    const { connections, uploadedBytes, downloadedBytes } = this.#meter.counts;
    const { upBytes, downBytes } = this.#options.splicer?.carried ?? { upBytes: 0, downBytes: 0 };
    return { connections, uploadedBytes: uploadedBytes + upBytes, downloadedBytes: downloadedBytes + downBytes };
  }

  /** Ends every connection and stops listening. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#inFlight.landed(LANDING_MS);
    for (const stop of this.#stops) stop();
    this.#dns.close();
    this.#connections.close();
    this.#options.splicer?.close();
    const closing = [...this.#servers].filter(({ listening }) => listening).map((server) => this.#end(server));
    for (const socket of this.#open) socket.destroy();
    await Promise.all(closing);
  }

  async #end(server: Server): Promise<void> {
    const closed = once(server, "close", { signal: AbortSignal.timeout(CLOSE_MS) });
    server.close();
    await closed.catch(() => undefined);
  }

  #forward(listener: Listener, server: Server): void {
    const { to, origin, id } = listener;
    if (to === undefined || this.#closed) {
      server.close();
      if (to === undefined) throw new CordonError("internal", `the listener ${id} leads nowhere`);
      return;
    }
    this.#stops.add(
      serveForward(server, { ...to, origin }, { report: this.#report, meter: this.#meter, inFlight: this.#inFlight }),
    );
  }

  #doorOf(role: Exclude<Listener["role"], "forward">): (socket: Socket) => void {
    switch (role) {
      case "capture":
        return (socket) => this.#capture(socket);
      case "http":
        return (socket) => this.#proxy(socket);
      case "socks":
        return (socket) => serveSocks(socket, this.#connections);
      case "dns":
        return (socket) => this.#dns.connection(socket);
    }
  }

  #listen(server: Server, door: (socket: Socket) => void): void {
    if (this.#closed) {
      server.close();
      return;
    }
    this.#servers.add(server);
    // Read by Node for each connection it accepts: the other side has to see a half-close as one.
    Object.assign(server, { allowHalfOpen: true, noDelay: true });
    server.maxConnections = MAX_SOCKETS;
    server.on("error", () => undefined);
    server.on("connection", (socket: Socket) => {
      socket.on("error", () => undefined);
      this.#open.add(socket);
      socket.once("close", () => this.#open.delete(socket));
      try {
        door(socket);
      } catch {
        socket.resetAndDestroy();
      }
    });
  }

  #capture(socket: Socket): void {
    // Whichever name server was meant, this one answers.
    if (socket.localPort === DNS_PORT) {
      this.#dns.connection(socket);
      return;
    }
    const found = captured(socket.localAddress, socket.localPort, this.#naming);
    if (found.ok) this.#connections.take(socket, found.target, "capture");
    else {
      const reason = `a connection to ${found.target.host} port ${found.target.port} was refused: ${found.why}`;
      this.#connections.deny(socket, found.target, "capture", { allowed: false, code: "address", reason });
    }
  }

  #proxy(socket: Socket): void {
    void this.#loadGate()
      .then((gate) => gate.proxy(socket))
      .catch(() => socket.resetAndDestroy());
  }

  #loadGate(): Promise<HttpGate> {
    const { authority, upstreamTls, filter, guard, decoys, secrets, emit, loadGate = importGate } = this.#options;
    this.#gate ??= loadGate({
      judge: this.#judge,
      meter: this.#meter,
      dialer: this.#dialer,
      report: this.#report,
      ...(authority === undefined ? {} : { authority }),
      upstreamTls,
      ...(filter === undefined ? {} : { filter }),
      ...(guard === undefined ? {} : { guard }),
      ...(decoys === undefined ? {} : { decoys }),
      ...(secrets === undefined ? {} : { secrets }),
      connect: (socket, target) => this.#connections.take(socket, target, "http-proxy"),
      found: (target, finding) =>
        emit({ type: "alert", on: finding.alert ?? "network.content", message: findingText(target, finding) }),
    });
    return this.#gate;
  }
}

async function importGate(context: GateContext): Promise<HttpGate> {
  const { makeHttpGate } = await import("./http/gate.js");
  return makeHttpGate(context);
}

function uncounted({ limits }: PlannedNetwork): boolean {
  return limits.uploadBytes === undefined && limits.downloadBytes === undefined;
}

function findingText({ host, port }: Target, { what, where }: Finding): string {
  return `${what} in the ${where} of a request to ${host} port ${port}`;
}
