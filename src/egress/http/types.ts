// What the HTTP gate is given and what it offers. Every request that leaves a sandbox readable (plain HTTP, or TLS that a rule opens)
// passes one HttpGate; it must never have a way to forward bytes that it didn't parse and judge.
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { SecureContext } from "node:tls";
import type { UpstreamTls } from "../tls/upstream.js";
import type { Allowed, Denied, Dialer, Judge, Meter, ReportDetail, Reporter, Target, Via } from "../types.js";

/** Name and value in the order and case in which they came. */
export type Pair = readonly [name: string, value: string];

/** What the content filter is told of a request before its body. */
export interface RequestHead {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly Pair[];
}

/** Something that must not leave; `what` is "a GitHub token", never the secret. */
export interface Finding {
  readonly what: string;
  readonly where: "url" | "header" | "body";
  /** Never let through, whatever the mode, and told as an alert of this name. */
  readonly alert?: string;
}

export interface OutboundFilter {
  head(): Finding | undefined;
  push(chunk: Buffer): { readonly pass: Buffer; readonly found?: Finding | undefined };
  end(): { readonly pass: Buffer; readonly found?: Finding | undefined };
}

export interface FilterFactory {
  /** `glance`: nothing waits, and what can't be read is no finding. `exempt`: names of exact texts that may be sent to this host. */
  open(head: RequestHead, mode: "block" | "alert" | "glance", exempt?: ReadonlySet<string>): OutboundFilter;
}

/** Bytes that pass, changed on their way. */
export interface ByteStream {
  push(chunk: Buffer): Buffer;
  end(): Buffer;
}

/** The broker of secrets, as the gate sees it. */
export interface SecretGate {
  /** Requests to this host may carry a secret: never without TLS, and never round the broker. */
  bound(host: string): boolean;
  /** What of the guard's texts may be sent there. */
  exempt(host: string): ReadonlySet<string>;
  /** Something has to be asked for before the next request to it. */
  ready(host: string): Promise<void> | undefined;
  open(asked: RequestHead & { readonly target: Target }): SecretPassage | Denied;
}

/** One request and its answer. */
export interface SecretPassage {
  readonly allowed: true;
  /** What is sent. */
  readonly path: string;
  readonly headers: readonly Pair[];
  readonly body: ByteStream | undefined;
  /** It is signed at last: with its whole body, where that is signed as well. */
  readonly sign?: (body: Buffer | undefined) => { readonly allowed: true; readonly headers: readonly Pair[] } | Denied;
  readonly signsBody: boolean;
  /** The status has come. */
  answered(status: number): void;
  /** What goes back. */
  text(text: string): string;
  fields(fields: readonly Pair[]): readonly Pair[];
  scrub(): ByteStream;
}

export interface GateContext {
  readonly judge: Judge;
  readonly meter: Meter;
  readonly dialer: Dialer;
  readonly report: Reporter;
  /** The run's own authority; without it nothing can be inspected. */
  readonly authority?: { contextFor(host: string): SecureContext };
  /** The verified handshake with an upstream. */
  readonly upstreamTls: Pick<UpstreamTls, "connectTls">;
  readonly filter?: FilterFactory;
  /** Looks for what must never leave, whatever the rule says of its filter. */
  readonly guard?: FilterFactory;
  /** Looks for what the run's decoys hold, in the same way. It is worth nothing, so nothing waits for it. */
  readonly decoys?: FilterFactory;
  readonly secrets?: SecretGate;
  /** Takes a connection over after its CONNECT was answered with 200; bytes that came with it are unshifted. */
  readonly connect: (socket: Socket, target: Target) => void;
  /** What a filter in the mode `alert` found, and what the guard and the look for decoys found. */
  readonly found?: (target: Target, finding: Finding, detail: ReportDetail) => void;
}

export interface HttpGate {
  /** Requests of one plain connection to `target`. */
  plain(socket: Duplex, target: Target, via: Via, verdict: Allowed): void;
  /** A connection whose TLS is to be opened; none of its bytes are taken yet (the first are unshifted). `sni` is what its ClientHello says. */
  inspected(socket: Socket, target: Target, via: Via, verdict: Allowed, sni: string | undefined): void;
  /** The HTTP proxy listener: CONNECT, and requests in absolute form. */
  proxy(socket: Socket): void;
}

export const MAX_HEAD_BYTES = 64 * 1024;
export const MAX_HEADERS = 200;
/** Requests of one connection that wait for the ones before them; apt sends 10. */
export const MAX_PIPELINED = 64;
/** What the heads of those may hold together; for short fields, about what they take in memory. */
export const MAX_PIPELINED_BYTES = 2 * MAX_HEAD_BYTES;
/** Until the first request's head is there. */
export const HEAD_TIMEOUT_MS = 60_000;
/** Between two requests of a connection. */
export const IDLE_TIMEOUT_MS = 60_000;
export const TLS_TIMEOUT_MS = 20_000;
/** How long the rest of a refused body is read, so that the client gets to see why. */
export const LINGER_MS = 2_000;
export const MAX_STREAMS = 100;
