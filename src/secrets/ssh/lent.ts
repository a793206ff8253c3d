// The keys of the user's ssh-agent that a run was lent, by the names of the policy: how often each signed, and whether it still may.
import type { Server } from "node:net";
import { printable } from "../../core/text.js";
import type { EventDraft } from "../../events/types.js";
import type { PlannedSshKeys } from "../../plan/secret.js";
import { serveAgent } from "./proxy.js";

export interface LentInfo {
  readonly name: string;
  readonly hosts: readonly string[];
  readonly state: "live" | "revoked";
  readonly uses: number;
  readonly tokens: 0;
}

export class LentKeys {
  readonly #rules: readonly PlannedSshKeys[];
  readonly #confirm: (question: string) => Promise<boolean>;
  readonly #uses = new Map<string, number>();
  readonly #revoked = new Set<string>();
  readonly #stops: (() => void)[] = [];
  #emit: (draft: EventDraft) => void = () => undefined;

  constructor(rules: readonly PlannedSshKeys[], confirm: (question: string) => Promise<boolean>) {
    this.#rules = rules;
    this.#confirm = confirm;
  }

  tell(emit: (draft: EventDraft) => void): void {
    this.#emit = emit;
  }

  get leases(): readonly LentInfo[] {
    return this.#rules.map(({ name, hosts }) => ({
      name,
      hosts: hosts.map(({ host }) => host),
      state: this.#revoked.has(name) ? "revoked" : "live",
      uses: this.#uses.get(name) ?? 0,
      tokens: 0,
    }));
  }

  /** From the next signature on. False: there is no such secret. */
  revoke(name: string, by: string): boolean {
    if (!this.#rules.some((rule) => rule.name === name)) return false;
    if (!this.#revoked.has(name)) this.#emit({ type: "secret.revoked", name, by: printable(by, 200) });
    this.#revoked.add(name);
    return true;
  }

  /** `source`: the agent's own socket. */
  serve(server: Server, source: string): void {
    const stop = serveAgent(server, {
      source,
      rules: () => this.#rules.filter(({ name }) => !this.#revoked.has(name)),
      alert: (message) => this.#emit({ type: "alert", on: "secret.misused", message }),
      used: (name, host) => {
        this.#uses.set(name, (this.#uses.get(name) ?? 0) + 1);
        this.#emit({ type: "secret.used", name, host });
      },
      confirm: this.#confirm,
    });
    this.#stops.push(stop);
  }

  close(): void {
    for (const stop of this.#stops) stop();
  }
}
