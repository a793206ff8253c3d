// The words that the parts of the egress path speak with each other. One question, "may this target be reached", has one answer, a
// Verdict, which depends on the target alone: never on the listener, user name or header that carried it.
// SECURITY(T31): whoever adds a way in (a listener, a protocol) makes a Target first and asks the same Judge.
import type { Socket } from "node:net";
import type { NetworkRule } from "../plan/types.js";

/** Where a connection is to go. `host` is canonical (policy/hosts `readHost`): these bytes are judged, shown and dialled. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

/** How a connection came to the supervisor; for the record only. */
export type Via = "capture" | "http-proxy" | "socks" | "forward" | "socket" | "publish";

/** Stable, for events and scripts. */
export type DenyCode =
  | "no-rule"
  | "denied-by-rule"
  | "port"
  | "method"
  | "path"
  | "repository"
  | "ambiguous"
  | "malformed"
  | "name-mismatch"
  | "not-tls"
  | "address"
  | "unresolved"
  | "unreachable"
  | "upstream-tls"
  | "rate"
  | "quota"
  | "connections"
  | "content"
  | "secret"
  | "blocklist"
  | "label"
  | "internal";

export interface Denied {
  readonly allowed: false;
  readonly code: DenyCode;
  /** One sentence for a person and an agent, printable ASCII without line breaks; never raw bytes from inside, never a secret. */
  readonly reason: string;
  /** The setting that decided: `network.deny.0`. */
  readonly origin?: string;
  /** Its `file:line:column`. */
  readonly place?: string;
}

export interface Allowed {
  readonly allowed: true;
  /** The first rule that covers it; undefined in open mode without a rule. */
  readonly rule?: NetworkRule;
  /** `network.allow.3`, or `network.mode`. */
  readonly origin: string;
  /** TLS to this target is to be opened, since a rule that covers it says so. */
  readonly inspect: boolean;
  /** The explicit upstream of the first covering rule that has one. */
  readonly connect?: NonNullable<NetworkRule["connect"]>;
}

export type Verdict = Allowed | Denied;

/** What of an HTTP request is judged; `path` as it stood in the request line or `:path`, query included. */
export interface RequestFacts {
  readonly method: string;
  readonly path: string;
  /** Values of `git-protocol` and `content-type` where a rule about repositories needs them. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** Pure: the same question has the same answer for the whole run. */
export interface Judge {
  /** May a name be answered by the name service: some port of it is allowed. */
  name(host: string): Verdict;
  /** May a connection to this target be made at all. */
  target(target: Target): Verdict;
  /** May this request be sent to the target, over a connection that `target` allowed. */
  request(target: Target, request: RequestFacts): Verdict;
}

/** Counts what the policy limits. All spans in milliseconds, all sizes in bytes. */
export interface Meter {
  /** A place among the concurrent connections; call the result once when it ends. */
  connection(): Denied | { readonly allowed: true; readonly release: () => void };
  /** One request (or one connection that isn't opened), counted for the run and for its rule. */
  request(rule: NetworkRule | undefined): Denied | undefined;
  /** Bytes towards an upstream, counted for the run; `transferred` is what this request has sent by now, itself included. */
  upload(bytes: number, rule?: NetworkRule, transferred?: number): Denied | undefined;
  download(bytes: number): Denied | undefined;
}

export interface CountingMeter extends Meter {
  /** What is open now, and what was counted so far. */
  readonly counts: { readonly connections: number; readonly uploadedBytes: number; readonly downloadedBytes: number };
}

export type Dialled = { readonly allowed: true; readonly socket: Socket; readonly address: string } | Denied;

/** Makes the upstream connection of an allowed target: resolves once, checks every address, dials the checked one. */
export interface Dialer {
  dial(target: Target, verdict: Allowed, signal?: AbortSignal): Promise<Dialled>;
}

/** Where decisions are told; each becomes one event. `secure` paths are told without their query. */
export interface Reporter {
  allowed(target: Target, verdict: Allowed, detail: ReportDetail): void;
  denied(target: Target, denied: Denied, detail: ReportDetail): void;
  nameDenied(name: string, denied: Denied): void;
}

export interface ReportDetail {
  readonly via: Via;
  readonly method?: string;
  readonly path?: string;
}
