// A login of one run: tokens that are renewed, out of the user's own file or made inside. The real ones are here and in the files outside;
// inside there are placeholders, also for those that an endpoint gives out while the run goes on. One placeholder of a token stands for
// whatever that token has become, so that a program which missed a renewal isn't logged out.
// SECURITY(T11): tokens of a login that was made inside are never written to the user's own file: they may be somebody else's.

import { CordonError, errnoOf } from "../../core/error.js";
import type { PlannedLogin, PlannedSecret } from "../../plan/secret.js";
import { Lease, type LeaseCounts } from "../lease.js";
import { makePlaceholder, standsFor } from "../placeholder.js";
import { stampOf } from "../private-file.js";
import { readValue, type SecretValue } from "../value.js";
import type { Granted } from "./answer.js";
import {
  type Document,
  ROLES,
  type Role,
  readDocument,
  shownDocument,
  type Tokens,
  tokensIn,
  writeDocument,
} from "./document.js";
import { forgetKept, type Kept, NO_LOGIN, readKept, writeKept } from "./kept.js";
import { partOf } from "./parts.js";
import type { LoginContext, LoginPlaces } from "./places.js";
import { SharedFile } from "./shared.js";

/** So many placeholders of one token are still known. */
const MAX_GENERATIONS = 8;

export class Login {
  readonly secret: PlannedSecret;
  readonly #spec: PlannedLogin;
  readonly #places: LoginPlaces;
  readonly #clock: LoginContext["clock"];
  readonly #counts: LeaseCounts = { uses: 0, tokens: 0 };
  readonly #roles = new Map<Role, readonly Lease[]>();
  #others: readonly Lease[] = [];
  /** Of logins that aren't used any more: they can still come back. */
  #past: readonly Lease[] = [];
  #own = false;
  #revoked = false;
  readonly #shared: SharedFile | undefined;
  #keptStamp: string | undefined;
  readonly #listeners: (() => void)[] = [];
  readonly #warn: (text: string) => void;

  constructor(secret: PlannedSecret, spec: PlannedLogin, given: LoginContext) {
    this.secret = secret;
    this.#spec = spec;
    this.#places = given.places;
    this.#clock = given.clock;
    this.#warn = given.warn;
    this.#shared = spec.share && spec.file !== undefined ? new SharedFile(spec.file.source, spec) : undefined;
    this.#begin();
  }

  get leases(): readonly Lease[] {
    return [...ROLES.flatMap((role) => this.#roles.get(role) ?? []), ...this.#others, ...this.#past];
  }

  /** What stands for the whole of it in lists. */
  get shown(): Lease | undefined {
    return this.#roles.get("access")?.[0];
  }

  changed(listener: () => void): void {
    this.#listeners.push(listener);
  }

  isEndpoint(host: string, matches: (path: string) => boolean): boolean {
    return this.#spec.endpoints.some((endpoint) => endpoint.host === host && matches(endpoint.path));
  }

  get endpointHosts(): readonly string[] {
    return this.#spec.endpoints.map(({ host }) => host);
  }

  /** The program's own file as it is to be seen inside. */
  get document(): string {
    const outside = this.#shared?.read() ?? {};
    return writeDocument(shownDocument(this.#spec, { inside: {}, outside, placeholders: this.#placeholders() }));
  }

  /** Others may have renewed it, or made another one: other runs, and the same program outside. */
  sync(): void {
    const { kept } = this.#places;
    const stamp = kept === undefined ? undefined : stampOf(kept);
    if (kept !== undefined && stamp !== this.#keptStamp) {
      this.#keptStamp = stamp;
      this.#adopt(readKept(kept) ?? NO_LOGIN);
    }
    if (!this.#own && this.#shared?.isNew === true) this.#readShared(this.#shared);
  }

  /** `renewed`: the request carried this login's own refresh token. */
  granted(granted: Granted, renewed: boolean): void {
    const isNew = !renewed && (granted.tokens.refresh !== undefined || this.#roles.size === 0);
    if (isNew && granted.tokens.access !== undefined) this.#leave(true);
    if (renewed || isNew) for (const role of ROLES) this.#set(role, granted.tokens[role]);
    const extra = renewed || isNew ? [] : Object.values(granted.tokens);
    for (const value of [...extra, ...granted.others]) this.#others = [this.#lease("access", value), ...this.#others];
    this.#others = this.#others.slice(0, MAX_GENERATIONS);
    if (renewed && !this.#own) this.#writeShared(granted);
    this.#keep();
    this.#tell();
  }

  /** For a placeholder of its, to be sent to an endpoint. */
  refreshToken(placeholder: string): string | undefined {
    const lease = (this.#roles.get("refresh") ?? []).find((each) => each.placeholder === placeholder);
    return lease?.state === "live" ? lease.swappable().value : undefined;
  }

  revoke(): void {
    this.#revoked = true;
    for (const lease of this.leases) lease.revoke();
  }

  close(): void {
    for (const lease of this.leases) lease.close();
  }

  #begin(): void {
    const { file } = this.#spec;
    const kept = this.#places.kept === undefined ? undefined : readKept(this.#places.kept);
    const text = file === undefined ? undefined : this.#places.home?.read(file.inHome);
    const inside = readDocument(text ?? "") ?? {};
    const found = tokensIn(inside, this.#spec);
    const known = (token: string | undefined) => token !== undefined && placeholdersOf(kept).includes(token);
    const outside = this.#shared?.read() ?? {};
    const tokens = tokensIn(outside, this.#spec);
    if (kept?.own === true && (file === undefined || known(found.access) || known(found.refresh))) this.#adopt(kept);
    else if (tokens.access !== undefined || tokens.refresh !== undefined) {
      for (const role of ROLES) {
        const [value, before] = [tokens[role], kept?.own === true ? undefined : kept?.roles[role]];
        if (value !== undefined && before !== undefined) this.#learn(role, value, before.placeholders);
        this.#set(role, value);
      }
      this.#show(inside, outside);
    } else if (found.access !== undefined && !known(found.access)) {
      // Real tokens in the home of the sandbox, from before somebody kept them out of it.
      this.#own = true;
      for (const role of ROLES) this.#set(role, found[role]);
      this.#show(inside, {});
    } else if (this.#places.kept !== undefined && kept?.own === true) forgetKept(this.#places.kept);
    this.#keep();
  }

  /** The command's own file with this run's placeholders in it, unless they are there. */
  #show(inside: Document, outside: Document): void {
    const { file } = this.#spec;
    const placeholders = this.#placeholders();
    const there = tokensIn(inside, this.#spec);
    if (file === undefined || ROLES.every((role) => placeholders[role] === there[role])) return;
    this.#places.home?.write(file.inHome, writeDocument(shownDocument(this.#spec, { inside, outside, placeholders })));
  }

  #placeholders(): Tokens {
    const pairs = ROLES.flatMap((role) => {
      const [lease] = this.#roles.get(role) ?? [];
      return lease === undefined ? [] : [[role, lease.placeholder] as const];
    });
    return Object.fromEntries(pairs);
  }

  #readShared(shared: SharedFile): void {
    const tokens = shared.tokens();
    for (const role of ROLES) {
      if (tokens[role] !== undefined) this.#set(role, tokens[role]);
      else for (const lease of this.#roles.get(role) ?? []) lease.unavailable();
    }
    this.#tell();
  }

  /** A renewal that can't be written to the user's file is kept as if the login were made inside: the old one is worth nothing now. */
  #writeShared(granted: Granted): void {
    try {
      this.#shared?.write(granted, this.#clock.wallMs());
    } catch (error) {
      this.#own = true;
      const why = errnoOf(error) ?? "it can't be replaced";
      this.#warn(`the login ${this.secret.name} was renewed, and couldn't be written to ${this.#shared?.path}: ${why}`);
    }
  }

  /** What another run, or an earlier one, knows of it. */
  #adopt(kept: Kept): void {
    if (kept.own && !this.#own) this.#leave(true);
    if (kept.own !== this.#own) return;
    for (const role of ROLES) {
      const token = kept.roles[role];
      const value = kept.own ? token?.value : this.#roles.get(role)?.[0]?.swappable().value;
      if (token !== undefined && value !== undefined && value !== "") this.#learn(role, value, token.placeholders);
    }
    for (const { value = "", placeholders } of kept.others)
      for (const placeholder of placeholders)
        if (value !== "" && !this.#others.some((lease) => lease.placeholder === placeholder))
          this.#others = [this.#leaseOf("access", value, placeholder), ...this.#others];
    this.#tell();
  }

  /** Placeholders of other runs for the same token. */
  #learn(role: Role, value: string, placeholders: readonly string[]): void {
    const leases = this.#roles.get(role) ?? [];
    for (const lease of leases) lease.renew(secretOf(value));
    const fresh = placeholders.filter((each) => !leases.some(({ placeholder }) => placeholder === each));
    const made = fresh.map((each) => this.#leaseOf(role, value, each));
    if (made.length > 0) this.#roles.set(role, [...made, ...leases].slice(0, MAX_GENERATIONS));
  }

  #set(role: Role, value: string | undefined): void {
    if (value === undefined) return;
    const leases = this.#roles.get(role) ?? [];
    for (const lease of leases) lease.renew(secretOf(value));
    const [newest] = leases;
    if (newest !== undefined && standsFor(newest.placeholder, value)) return;
    this.#roles.set(role, [this.#lease(role, value), ...leases].slice(0, MAX_GENERATIONS));
  }

  /** Another login begins. */
  #leave(own: boolean): void {
    const leases = this.leases;
    for (const lease of leases) lease.revoke();
    this.#past = leases.slice(0, 3 * MAX_GENERATIONS);
    this.#roles.clear();
    this.#others = [];
    this.#own = own;
  }

  #lease(role: Role, value: string): Lease {
    const placeholder = makePlaceholder(value, "same");
    if (placeholder === undefined) throw new CordonError("internal", "a token is too short for a placeholder");
    return this.#leaseOf(role, value, placeholder);
  }

  #leaseOf(role: Role, value: string, placeholder: string): Lease {
    const lease = new Lease(
      partOf(this.secret, this.#spec, role),
      { value: secretOf(value), placeholder, ...(role === "access" ? { counts: this.#counts } : {}) },
      this.#clock.nowMs,
    );
    if (this.#revoked) lease.revoke();
    return lease;
  }

  #keep(): void {
    const { kept } = this.#places;
    if (kept === undefined || this.#revoked || (this.#roles.size === 0 && this.#others.length === 0)) return;
    const roles = [...this.#roles].map(([role, leases]) => {
      const placeholders = leases.map(({ placeholder }) => placeholder);
      return [
        role,
        this.#own ? { value: leases[0]?.swappable().value ?? "", placeholders } : { placeholders },
      ] as const;
    });
    const others = this.#others.map((lease) => ({
      value: lease.swappable().value,
      placeholders: [lease.placeholder],
    }));
    writeKept(kept, { own: this.#own, roles: Object.fromEntries(roles), others });
    this.#keptStamp = stampOf(kept);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

function secretOf(text: string): SecretValue {
  const value = readValue(Buffer.from(text, "latin1"));
  if ("problem" in value) throw new CordonError("internal", `a token can't be used: ${value.problem}`);
  return value;
}

function placeholdersOf(kept: Kept | undefined): readonly string[] {
  return Object.values(kept?.roles ?? {}).flatMap(({ placeholders }) => placeholders);
}
