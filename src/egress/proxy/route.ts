// The way of one allowed connection, by what its first bytes are: to the HTTP gate where requests can be judged, else through a tunnel.
// It must never pass a client's byte on before what it is, and for TLS the server name, was looked at.
//
// On ports but 80 and 443 a rule that neither opens TLS nor judges requests lets raw bytes pass: SSH, databases, HTTP/2 without TLS. What
// begins like HTTP/1 there is still judged request by request, and what begins like TLS must name the host (with encrypted hellos: the
// outer name). Beyond the first bytes such a rule grants whatever the server understands, STARTTLS for one. Where the server may have to
// speak first, the upstream is dialled before the client's first byte; should that byte begin a request, this connection is closed
// unused and the gate makes its own.
import type { Socket } from "node:net";
import { isAddress } from "../../policy/hosts.js";
import { agrees } from "../decide/agree.js";
import type { HttpGate } from "../http/types.js";
import type { Allowed, Denied, DenyCode, Judge, Meter, Reporter, Target, Via } from "../types.js";
import type { TunnelDialer } from "./dial.js";
import { carryHello } from "./hello-watch.js";
import type { InFlight } from "./in-flight.js";
import { begins, type Peek, type Peeked, peek } from "./peek.js";
import type { Splicer } from "./splice.js";
import { Tunnel } from "./tunnel.js";

/** The doors of the HTTP gate that connections go through. */
export type Gate = Pick<HttpGate, "plain" | "inspected">;

export interface ConnectionContext {
  readonly judge: Judge;
  readonly meter: Meter;
  readonly dialer: TunnelDialer;
  readonly report: Reporter;
  /** Loaded when it is needed first. */
  readonly gate: () => Promise<Gate>;
  /** Carries tunnels whose bytes nobody counts. */
  readonly splicer?: Splicer | undefined;
  readonly inFlight?: InFlight | undefined;
  /** For slow clients. */
  readonly firstBytesMs?: number;
  /** How long a client is given to speak first before an upstream that may want to is dialled. */
  readonly graceMs?: number;
}

export interface Passage {
  readonly socket: Socket;
  readonly target: Target;
  readonly via: Via;
  readonly verdict: Allowed;
  readonly signal: AbortSignal;
  /** Tells the client that it is connected. With it, an upstream that will be tunnelled to is dialled before. */
  readonly greet: (() => void) | undefined;
}

export interface Refusal {
  readonly denied: Denied;
  /** What the client showed by then; undefined: nothing was asked of it yet. */
  readonly seen?: Peeked["kind"];
}

export const FIRST_BYTES_MS = 10_000;
const GRACE_MS = 25;

export class Route {
  readonly #context: ConnectionContext;
  readonly #passage: Passage;
  readonly #firstMs: number;

  constructor(context: ConnectionContext, passage: Passage) {
    this.#context = context;
    this.#passage = passage;
    this.#firstMs = context.firstBytesMs ?? FIRST_BYTES_MS;
  }

  /** Settles when the connection is in other hands, or with why it isn't. */
  async run(): Promise<Refusal | undefined> {
    const { target, verdict, greet } = this.#passage;
    if (target.port === 80 || verdict.inspect || judgesRequests(verdict)) {
      greet?.();
      return target.port === 80 ? this.#plain() : this.#readable();
    }
    return target.port === 443 ? this.#secure() : this.#raw();
  }

  async #plain(): Promise<undefined> {
    const { socket, target, via, verdict } = this.#passage;
    const gate = await this.#context.gate();
    gate.plain(socket, target, via, verdict);
    // It was paused to look at it; what stands in it is read before anything newer arrives.
    socket.resume();
  }

  /** Nothing but what can be judged request by request. */
  async #readable(): Promise<Refusal | undefined> {
    const { socket, target, via, verdict } = this.#passage;
    const seen = await this.#peek().result;
    if (seen.kind === "http") return this.#plain();
    if (seen.kind !== "tls") return this.#notTls(seen);
    if (!verdict.inspect) return { denied: this.#unreadable(), seen: seen.kind };
    const denied = this.#nameProblem(seen.sni);
    if (denied !== undefined) return { denied, seen: seen.kind };
    const gate = await this.#context.gate();
    gate.inspected(socket, target, via, verdict, seen.sni);
    return undefined;
  }

  async #secure(): Promise<Refusal | undefined> {
    const { greet } = this.#passage;
    const early = greet === undefined ? undefined : await this.#tunnel();
    if (early !== undefined && "denied" in early) return early;
    greet?.();
    const seen = await this.#peek().result;
    const refused = seen.kind === "tls" ? this.#nameRefusal(seen.sni) : undefined;
    if (seen.kind !== "tls" || refused !== undefined) {
      early?.detach();
      return seen.kind === "http" ? this.#plain() : (refused ?? this.#notTls(seen));
    }
    const tunnel = early ?? (await this.#tunnel(seen.kind));
    if ("denied" in tunnel) return tunnel;
    tunnel.down();
    return this.#handshake(tunnel, seen);
  }

  async #raw(): Promise<Refusal | undefined> {
    const { greet, socket } = this.#passage;
    let seeing = greet === undefined ? peek(socket, { restMs: this.#firstMs }) : undefined;
    let tunnel: Tunnel | undefined;
    if (seeing === undefined || !(await begins(seeing, this.#context.graceMs ?? GRACE_MS))) {
      const dialled = await this.#tunnel();
      if ("denied" in dialled) return { ...dialled, seen: "raw" };
      tunnel = dialled;
      greet?.();
      tunnel.down();
      seeing ??= peek(socket, { restMs: this.#firstMs });
    }
    const seen = await seeing.result;
    const refused = this.#rawRefusal(seen, tunnel);
    if (refused !== undefined || seen.kind === "http") {
      tunnel?.detach();
      return refused ?? this.#plain();
    }
    const carrying = tunnel ?? (await this.#tunnel(seen.kind));
    if ("denied" in carrying) return carrying;
    if (tunnel === undefined) carrying.down();
    if (seen.kind === "tls") return this.#handshake(carrying, seen);
    carrying.up("rest" in seen ? seen.rest : undefined);
    return undefined;
  }

  #rawRefusal(seen: Peeked, tunnel: Tunnel | undefined): Refusal | undefined {
    const { kind } = seen;
    const spoken = tunnel !== undefined && tunnel.received > 0;
    // A TLS server waits for the hello; after anything else its answer to one couldn't be found.
    if (kind === "tls" && spoken)
      return this.#refusal("malformed", "a TLS hello came after the server had spoken", kind);
    if (kind === "tls") return this.#nameRefusal(seen.sni);
    if (kind === "malformed") return this.#refusal("malformed", `its first bytes can't be read: ${seen.why}`, kind);
    if (kind === "slow") return this.#refusal("malformed", "its first line didn't end in time", kind);
    // The server has spoken: whatever this is, it isn't a web server's port.
    if (kind === "http" && spoken)
      return this.#refusal("malformed", "a request came after the server had spoken", kind);
    return undefined;
  }

  #peek(): Peek {
    return peek(this.#passage.socket, { firstMs: this.#firstMs, restMs: this.#firstMs });
  }

  /** Dials; the allowed connection is told when it stands. */
  async #tunnel(seen?: Peeked["kind"]): Promise<Tunnel | Refusal> {
    const { socket, target, via, verdict, signal } = this.#passage;
    const { meter, dialer, report, inFlight } = this.#context;
    const { rule } = verdict;
    const splicer = rule?.maxUploadBytes === undefined ? this.#context.splicer : undefined;
    const shown = seen === undefined ? {} : { seen };
    const limited = meter.request(rule);
    if (limited !== undefined) return { denied: limited, ...shown };
    const dialled = await dialer.tunnel(target, verdict, signal);
    if (!dialled.allowed) return { denied: dialled, ...shown };
    report.allowed(target, verdict, { via });
    const over = (denied: Denied) => report.denied(target, denied, { via });
    return new Tunnel(socket, dialled.socket, { reader: dialled.reader, meter, rule, over, splicer, inFlight });
  }

  /** The first hello was accepted. */
  async #handshake(tunnel: Tunnel, seen: Peeked & { readonly kind: "tls" }): Promise<Refusal | undefined> {
    const client = this.#passage.socket;
    const hello: unknown = client.read(seen.bytes);
    if (!Buffer.isBuffer(hello)) {
      // It left meanwhile.
      client.destroy();
      return undefined;
    }
    const why = await carryHello({ client, tunnel, hello, sni: seen.sni, limitMs: this.#firstMs });
    if (why === undefined) return undefined;
    tunnel.detach();
    return this.#refusal("name-mismatch", why, seen.kind);
  }

  #nameRefusal(sni: string | undefined): Refusal | undefined {
    const denied = this.#nameProblem(sni);
    return denied === undefined ? undefined : { denied, seen: "tls" };
  }

  #nameProblem(sni: string | undefined): Denied | undefined {
    const { target } = this.#passage;
    if (sni !== undefined) return agrees(target, sni, "sni");
    if (isAddress(target.host)) return undefined;
    return this.#denied("name-mismatch", "its TLS hello names no server");
  }

  #notTls(seen: Peeked): Refusal | undefined {
    switch (seen.kind) {
      case "closed":
      case "empty":
        // Nothing was asked for; port scanners and connection pools do this.
        this.#passage.socket.destroy();
        return undefined;
      case "malformed":
        return this.#refusal("malformed", `its TLS hello can't be read: ${seen.why}`, seen.kind);
      case "slow":
        return this.#refusal("not-tls", "its first bytes didn't come in time", seen.kind);
      default:
        return this.#refusal("not-tls", "it is neither TLS nor HTTP/1", seen.kind);
    }
  }

  #unreadable(): Denied {
    const { rule } = this.#passage.verdict;
    const reason = "the rule judges requests, which can't be seen in TLS; ask your user to add inspect: true to it";
    const denied = this.#denied("method", reason);
    return rule === undefined ? denied : { ...denied, origin: rule.origin, place: rule.place };
  }

  #refusal(code: DenyCode, why: string, seen: Peeked["kind"]): Refusal {
    return { denied: this.#denied(code, why), seen };
  }

  #denied(code: DenyCode, why: string): Denied {
    const { host, port } = this.#passage.target;
    return { allowed: false, code, reason: `a connection to ${host} port ${port} was refused: ${why}` };
  }
}

/** Its rule says which requests it allows: what can't be read as one isn't allowed. */
function judgesRequests({ rule }: Allowed): boolean {
  return rule?.methods !== undefined || rule?.paths !== undefined || rule?.github !== undefined;
}
