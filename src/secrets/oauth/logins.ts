// The logins of a run, and their way through a request: which of them an endpoint's answer belongs to.
import { CordonError } from "../../core/error.js";
import type { PlannedSecret } from "../../plan/secret.js";
import type { Lease } from "../lease.js";
import type { PassageNotes } from "../passage.js";
import type { AskedRequest } from "../types.js";
import { readAnswer } from "./answer.js";
import { Login } from "./login.js";
import type { LoginContext, LoginPlaces } from "./places.js";
import { refreshSwap } from "./refresh-request.js";

export interface LoginsContext extends Omit<LoginContext, "places"> {
  readonly placesOf: (name: string) => LoginPlaces;
  /** Whether a request's path is this one. */
  readonly matchesPath: (path: string, asked: string) => boolean;
  /** Whether a server could take a request's path for this one, or for one below it. */
  readonly maybePath: (path: string, asked: string) => boolean;
}

export class Logins {
  readonly #context: LoginsContext;
  readonly #all: readonly Login[];

  constructor(secrets: readonly PlannedSecret[], context: LoginsContext) {
    this.#context = context;
    this.#all = secrets.flatMap((secret) => {
      const { oauth, name } = secret;
      return oauth === undefined ? [] : [new Login(secret, oauth, { ...context, places: context.placesOf(name) })];
    });
  }

  get leases(): readonly Lease[] {
    return this.#all.flatMap(({ leases }) => leases);
  }

  /** One for each that there is. */
  get shown(): readonly Lease[] {
    return this.#all.flatMap(({ shown }) => shown ?? []);
  }

  named(name: string): Login | undefined {
    return this.#all.find(({ secret }) => secret.name === name);
  }

  bound(host: string): boolean {
    return this.#all.some(({ endpointHosts }) => endpointHosts.includes(host));
  }

  changed(listener: () => void): void {
    for (const login of this.#all) login.changed(listener);
  }

  sync(): void {
    for (const login of this.#all) login.sync();
  }

  close(): void {
    for (const login of this.#all) login.close();
  }

  /** A request for tokens: with a login's own refresh token in it, and its answer without any. */
  endpoint(asked: AskedRequest, use: (name: string) => void): Pick<PassageNotes, "endpoint"> {
    const { host } = asked.target;
    const { matchesPath, maybePath } = this.#context;
    // SECURITY(T33): what only could be an endpoint is one, as far as its answer goes; tokens go to the very path alone.
    const [first] = this.#all.filter((each) => each.isEndpoint(host, (path) => maybePath(path, asked.path)));
    if (first === undefined) return {};
    const exact = this.#all.filter((each) => each.isEndpoint(host, (path) => matchesPath(path, asked.path)));
    const renewing: { login?: Login } = {};
    const find = (placeholder: string) => {
      const login = exact.find((each) => each.refreshToken(placeholder) !== undefined);
      if (login === undefined) return undefined;
      renewing.login = login;
      use(`${login.secret.name}.refresh`);
      return login.refreshToken(placeholder);
    };
    const answer = (body: Buffer) => {
      const granted = readAnswer(body);
      if (granted === undefined) throw new CordonError("internal", "an endpoint of tokens gave what can't be read");
      const login = renewing.login ?? first;
      login.granted(granted, renewing.login !== undefined);
      return login.leases.flatMap(({ reflections }) => reflections);
    };
    return { endpoint: { request: refreshSwap(asked, find), answer } };
  }
}
