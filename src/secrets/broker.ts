// The broker of one run: it alone knows the values of the run's secrets and gives them to the requests that may carry them. What it tells
// (events, refusals) names secrets and hosts and never holds a byte of a value.

import { CordonError } from "../core/error.js";
import { printable } from "../core/text.js";
import type { EventDraft } from "../events/types.js";
import type { PlannedSecret } from "../plan/secret.js";
import { hostMatches } from "../policy/hosts.js";
import { type Signed, signedBy } from "./aws/signed.js";
import { Lease } from "./lease.js";
import { Logins } from "./oauth/logins.js";
import type { LoginPlaces } from "./oauth/places.js";
import { Passage } from "./passage.js";
import { makePlaceholder } from "./placeholder.js";
import { refused, STATES, withheld } from "./refusals.js";
import { canRenew, type Environment, fetchValue } from "./sources/source.js";
import { askedFor } from "./swap-head.js";
import type { AskedRequest, Withheld } from "./types.js";
import { readValue, type SecretValue } from "./value.js";

export interface BrokerOptions {
  readonly secrets: readonly PlannedSecret[];
  readonly env: Environment;
  /** A clock that counts up. */
  readonly nowMs: () => number;
  /** Whether a request's path is one of a pattern's; what can be read in two ways is none. */
  readonly matchesPath: (pattern: string, path: string) => boolean;
  /** Whether a server could take a request's path for this one, or for one below it. */
  readonly maybePath?: (path: string, asked: string) => boolean;
  /** Where programs remember keys: the same in each run of a home. Default: a new one. */
  readonly placeholderFor?: (name: string, value: string) => string | undefined;
  /** Where a login of this name is kept. */
  readonly placesOf?: (name: string) => LoginPlaces;
}

/** What is searched for in everything that leaves: an exact text, what to call it, and by which name it may pass. */
export interface Watched {
  readonly value: Buffer;
  readonly what: string;
  readonly exempt?: string;
}

const MAX_WATCHED = 1000;
/** A source that was asked for nothing isn't asked again at once. */
const RETRY_MS = 5_000;

export class Broker {
  readonly #options: BrokerOptions;
  readonly #leases: readonly Lease[];
  readonly #logins: Logins;
  readonly #renewing = new Map<string, Promise<void>>();
  readonly #triedMs = new Map<string, number>();
  #emit: (draft: EventDraft) => void = () => undefined;

  private constructor(options: BrokerOptions, leases: readonly Lease[]) {
    this.#options = options;
    this.#leases = leases;
    this.#logins = new Logins(options.secrets, {
      clock: { nowMs: options.nowMs, wallMs: () => Date.now() },
      warn: (message) => this.#emit({ type: "alert", on: "secret.unsaved", message }),
      placesOf: options.placesOf ?? (() => ({})),
      matchesPath: options.matchesPath,
      maybePath: options.maybePath ?? options.matchesPath,
    });
  }

  /** Asks every source. One that gives nothing is a refusal, since the command would work without what it needs. */
  static async open(options: BrokerOptions): Promise<Broker> {
    const { placeholderFor = (_name: string, value: string) => makePlaceholder(value) } = options;
    const leases = await Promise.all(
      options.secrets.map(async (secret) => {
        if (secret.oauth !== undefined) return [];
        const value = await fetched(secret, options.env);
        if ("problem" in value && secret.optional === true) return [];
        if ("problem" in value) throw refused(secret, value.problem);
        const placeholder = placeholderFor(secret.name, value.text());
        if (placeholder === undefined)
          throw refused(secret, "it is too short for a placeholder that couldn't be guessed");
        return [new Lease(secret, { value, placeholder }, options.nowMs)];
      }),
    );
    return new Broker(options, leases.flat());
  }

  /** Where uses are told. */
  tell(emit: (draft: EventDraft) => void): void {
    this.#emit = emit;
  }

  /** Undefined: it is optional, and there is none. */
  placeholderOf(name: string): string | undefined {
    return this.#leases.find(({ secret }) => secret.name === name)?.placeholder;
  }

  /** The file of a login with placeholders in it. */
  documentOf(name: string): string | undefined {
    return this.#logins.named(name)?.document;
  }

  /** Told when there are new values or placeholders. */
  changed(listener: () => void): void {
    this.#logins.changed(listener);
  }

  /** A text of ours without values: what a program inside found elsewhere stands in its words. */
  redact(text: string): string {
    let shown = text;
    for (const { secret, reflections } of this.leases)
      for (const { real } of reflections.slice(0, 1))
        shown = shown.replaceAll(real.toString("latin1"), `[the secret ${secret.name}]`);
    return shown;
  }

  get leases(): readonly Lease[] {
    return [...this.#leases, ...this.#logins.leases];
  }

  /** One for each secret that there is. */
  get shown(): readonly Lease[] {
    return [...this.#leases, ...this.#logins.shown];
  }

  /** What must not leave: the values themselves never, a placeholder only to the hosts of its secret. */
  watched(): readonly Watched[] {
    return this.leases.flatMap(({ secret: { name }, placeholder, reflections }) => [
      ...reflections.slice(0, 1).map(({ real }) => ({ value: endOf(real), what: `the value of the secret ${name}` })),
      { value: endOf(Buffer.from(placeholder, "latin1")), what: `the placeholder of the secret ${name}`, exempt: name },
    ]);
  }

  /** Whether a text of ours holds a value: then it can't be shown to the sandbox. */
  reveals(text: string): string | undefined {
    return this.leases.find(({ reflections }) =>
      reflections.slice(0, 1).some(({ real }) => text.includes(real.toString("latin1"))),
    )?.secret.name;
  }

  /** Requests to such a host may carry a secret. */
  bound(host: string): boolean {
    return this.#of(host).length > 0 || this.#logins.bound(host);
  }

  /** The names of the secrets whose placeholders may be sent there. */
  exempt(host: string): ReadonlySet<string> {
    return new Set(this.#of(host).map(({ secret }) => secret.name));
  }

  /** A value has to be asked for before the next request can be sent; undefined where none has. */
  ready(host: string): Promise<void> | undefined {
    this.#logins.sync();
    const waits = this.#of(host).flatMap((lease) => this.#renewal(lease) ?? []);
    return waits.length === 0 ? undefined : Promise.all(waits).then(() => undefined);
  }

  /** For a request to a host of a secret, over TLS that was verified for its name. */
  open(asked: AskedRequest): Passage | Withheld {
    const leases = this.#of(asked.target.host);
    const told = new Set<string>();
    for (const lease of leases) {
      const { name } = lease.secret;
      if (askedFor(asked.path, asked.headers, [lease.swappable()]).length === 0) continue;
      const why = STATES[lease.state] ?? lease.spent ?? this.#outside(lease.secret, asked);
      if (why !== undefined) return withheld(lease.secret, why);
      this.#use(name, asked.target.host, told);
    }
    // What a body may carry is judged by what the policy says of the request as well.
    const fitting = leases.filter(
      (lease) =>
        told.has(lease.secret.name) || (lease.spent === undefined && this.#outside(lease.secret, asked) === undefined),
    );
    const signing = this.#signing(asked, leases);
    if (signing !== undefined && !("lease" in signing)) return signing;
    if (signing !== undefined) this.#use(signing.lease.secret.name, asked.target.host, told);
    return new Passage(
      asked,
      { leases, fitting, ...(signing === undefined ? {} : { signing }) },
      {
        used: (name) => this.#use(name, asked.target.host, told),
        unsigned: (why) => withheld(this.#lease(signing?.lease.secret.name ?? "").secret, why),
        took: (names, tokens) => {
          for (const name of names) this.#lease(name).took(tokens);
        },
        unauthorized: (names) => {
          for (const name of names) this.#stale(this.#lease(name));
        },
        ...this.#logins.endpoint(asked, (name) => this.#use(name, asked.target.host, told)),
      },
    );
  }

  /** A request that was signed with a placeholder. */
  #signing(asked: AskedRequest, leases: readonly Lease[]): Signed | Withheld | undefined {
    const found = signedBy(asked, leases);
    if (found === undefined) return undefined;
    const { secret, state, spent } = found.lease;
    const why = STATES[state] ?? spent ?? this.#outside(secret, asked) ?? found.refused;
    return why === undefined ? found : withheld(secret, why);
  }

  /** From the next request on. False: there is no such secret. */
  revoke(name: string, by: string): boolean {
    const login = this.#logins.named(name);
    const lease = login?.shown ?? this.#leases.find(({ secret }) => secret.name === name);
    if (lease === undefined && login === undefined) return false;
    if (lease?.state !== "revoked") this.#emit({ type: "secret.revoked", name, by: printable(by, 200) });
    lease?.revoke();
    login?.revoke();
    return true;
  }

  close(): void {
    for (const lease of this.#leases) lease.close();
    this.#logins.close();
  }

  /** Each once for a request. */
  #use(name: string, host: string, told: Set<string>): void {
    if (told.has(name)) return;
    told.add(name);
    this.#lease(name).used();
    this.#emit({ type: "secret.used", name, host: printable(host, 255) });
  }

  #of(host: string): readonly Lease[] {
    return this.leases.filter(({ secret }) => secret.hosts.some((pattern) => hostMatches(pattern, host)));
  }

  /** What the policy says of requests that may carry it. */
  #outside({ methods, paths }: PlannedSecret, { method, path }: AskedRequest): string | undefined {
    if (methods !== undefined && !methods.includes(method)) return `it isn't for ${printable(method, 32)} requests`;
    if (paths === undefined || paths.some((pattern) => this.#options.matchesPath(pattern, path))) return undefined;
    return "it isn't for this path";
  }

  #lease(name: string): Lease {
    const lease = this.leases.find(({ secret }) => secret.name === name);
    if (lease === undefined) throw new CordonError("internal", `there is no secret ${name}`);
    return lease;
  }

  #renewal(lease: Lease): Promise<void> | undefined {
    const { name, from } = lease.secret;
    const running = this.#renewing.get(name);
    const state = lease.state;
    if (running !== undefined || (state !== "ended" && state !== "unavailable") || !canRenew(from)) return running;
    if (this.#options.nowMs() - (this.#triedMs.get(name) ?? -RETRY_MS) < RETRY_MS) return undefined;
    return this.#renew(lease);
  }

  /** The server doesn't take the value any more: perhaps there is another one by now. */
  #stale(lease: Lease): void {
    const { name, from } = lease.secret;
    const recently = this.#options.nowMs() - (this.#triedMs.get(name) ?? -RETRY_MS) < RETRY_MS;
    if (lease.state === "live" && canRenew(from) && !recently && !this.#renewing.has(name)) void this.#renew(lease);
  }

  #renew(lease: Lease): Promise<void> {
    const { name } = lease.secret;
    this.#triedMs.set(name, this.#options.nowMs());
    const renewing = fetched(lease.secret, this.#options.env)
      .then((value) => {
        if (!("problem" in value)) lease.renew(value);
        else if (lease.state !== "live") lease.unavailable();
      })
      .catch(() => lease.unavailable())
      .finally(() => this.#renewing.delete(name));
    this.#renewing.set(name, renewing);
    return renewing;
  }
}

/** Of a long token the end: its beginning may be the same in both. */
function endOf(bytes: Buffer): Buffer {
  return Buffer.from(bytes.subarray(-MAX_WATCHED));
}

async function fetched({ from }: PlannedSecret, env: Environment): Promise<SecretValue | { readonly problem: string }> {
  const given = await fetchValue(from, env);
  return given.ok ? readValue(given.bytes) : { problem: given.problem };
}
