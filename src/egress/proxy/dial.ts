// Makes the upstream connection of an allowed target. A name is resolved once, after the decision; addresses that must never be reached
// are dropped; the socket that is handed out is connected to an address that was checked, or there is none.
// SECURITY(T25, T27): there is no second look-up between the check and the connection.
import { connect, type OnReadOpts, type Socket } from "node:net";
import { isAddress } from "../../policy/hosts.js";
import { containment } from "../contained.js";
import { addressClass, isForbidden } from "../decide/addresses.js";
import type { Allowed, Denied, Dialer, Target } from "../types.js";
import { BufferPool, BulkReader } from "./bulk.js";
import { type OpenSocket, race } from "./race.js";
import { canonicalAddress, hostResolver, interleave, type Resolve } from "./resolve.js";

const CONNECT_MS = 10_000;
const RESOLVE_MS = 10_000;
const MAX_ADDRESSES = 4;

export interface DialerOptions {
  readonly resolve?: Resolve;
  /** The addresses of this host's interfaces, as they are now. */
  readonly own: () => ReadonlySet<string>;
  readonly connectTimeoutMs?: number;
  readonly resolveTimeoutMs?: number;
  readonly openSocket?: OpenSocket;
  /** Asked once more right before a name is looked up. */
  readonly refuse?: (host: string, verdict: Allowed) => Denied | undefined;
}

/** A failed dial tells why in the system's words, for a SOCKS reply. */
export interface Undialled extends Denied {
  readonly errno?: string;
}

export type DialledTunnel =
  | { readonly allowed: true; readonly socket: Socket; readonly address: string; readonly reader: BulkReader }
  | Undialled;

export interface TunnelDialer extends Dialer {
  /** As `dial`, for bytes that are passed on as they are: the socket is read through the reader only. */
  tunnel(target: Target, verdict: Allowed, signal?: AbortSignal): Promise<DialledTunnel>;
}

type Endpoint = { readonly path: string } | { readonly host: string; readonly port: number };

interface Dialling {
  readonly target: Target;
  readonly verdict: Allowed;
  readonly signal: AbortSignal | undefined;
}

export function makeDialer(options: DialerOptions): TunnelDialer {
  const dialer = new HostDialer(options);
  const pool = new BufferPool();
  return {
    async dial(target, verdict, signal) {
      const end = await dialer.dial({ target, verdict, signal }, () => undefined);
      return end.allowed ? { allowed: true, socket: end.socket, address: end.address } : end;
    },
    async tunnel(target, verdict, signal) {
      const readers = new Map<Endpoint, BulkReader>();
      const end = await dialer.dial({ target, verdict, signal }, (endpoint) => {
        const reader = new BulkReader(pool);
        readers.set(endpoint, reader);
        return reader.onread;
      });
      if (!end.allowed) return end;
      const reader = readers.get(end.endpoint) ?? new BulkReader(pool);
      return { allowed: true, socket: end.socket, address: end.address, reader };
    },
  };
}

type Connected = {
  readonly allowed: true;
  readonly socket: Socket;
  readonly address: string;
  readonly endpoint: Endpoint;
};

class HostDialer {
  readonly #options: DialerOptions;
  readonly #resolve: Resolve;
  readonly #open: OpenSocket;

  constructor(options: DialerOptions) {
    this.#options = options;
    this.#resolve = options.resolve ?? hostResolver();
    this.#open = options.openSocket ?? ((open) => connect(open));
  }

  async dial(
    dialling: Dialling,
    onread: (endpoint: Endpoint) => OnReadOpts | undefined,
  ): Promise<Connected | Undialled> {
    const endpoints = await this.#endpoints(dialling);
    if ("code" in endpoints) return endpoints;
    const end = await race({
      endpoints,
      open: (endpoint) => {
        const reading = onread(endpoint);
        const how = { allowHalfOpen: true, noDelay: true, ...(reading === undefined ? {} : { onread: reading }) };
        const socket = this.#open({ ...endpoint, ...how });
        // A bulk reader isn't listened to yet. Other sockets keep what arrives, and must not seem paused to whoever takes them.
        return reading === undefined ? socket : socket.pause();
      },
      timeoutMs: this.#options.connectTimeoutMs ?? CONNECT_MS,
      signal: dialling.signal,
    });
    if ("errno" in end) return unreachable(dialling, end.errno);
    return checked(dialling, end.socket, end.endpoint);
  }

  async #endpoints(dialling: Dialling): Promise<readonly Endpoint[] | Undialled> {
    const { target, verdict } = dialling;
    const { connect: named } = verdict;
    if (named !== undefined && "unix" in named) return [{ path: named.unix }];
    // The policy names this upstream itself: it may be private.
    const { host, port } = named ?? target;
    const addresses = await this.#addresses(host, dialling);
    if ("code" in addresses) return addresses;
    const own = named === undefined ? this.#options.own() : undefined;
    const usable = addresses.filter((address) => own === undefined || !isForbidden(address, own));
    const [refused] = addresses;
    if (usable.length === 0) return forbidden(dialling, refused);
    return interleave(usable)
      .slice(0, MAX_ADDRESSES)
      .map((address) => ({ host: address, port }));
  }

  async #addresses(host: string, dialling: Dialling): Promise<readonly string[] | Undialled> {
    if (isAddress(host)) return [host];
    const { target, verdict } = dialling;
    // An upstream that the policy names isn't a new name, whatever was asked for.
    const refused = host === target.host ? this.#options.refuse?.(host, verdict) : undefined;
    if (refused !== undefined) return refused;
    try {
      const found = await limited(this.#resolve(host), this.#options.resolveTimeoutMs ?? RESOLVE_MS, dialling.signal);
      const addresses = found.map(canonicalAddress).filter((address) => address !== undefined);
      if (addresses.length > 0) return addresses;
    } catch {
      // Whatever the reason, there is no address.
    }
    return { allowed: false, code: "unresolved", reason: `the name ${host} could not be resolved on the host` };
  }
}

/** What the dialer would say of an allowed target that needs no look-up; the names of loopback don't. */
export function refusedLiteral(target: Target, verdict: Allowed, own: ReadonlySet<string>): Denied | undefined {
  if (verdict.connect !== undefined) return undefined;
  const address = /(?:^|\.)localhost$/.test(target.host) ? "127.0.0.1" : target.host;
  return isAddress(address) && isForbidden(address, own) ? forbidden({ target, verdict }, address) : undefined;
}

function forbidden({ target, verdict }: Pick<Dialling, "target" | "verdict">, address: string | undefined): Undialled {
  const what = address === undefined ? "unknown" : addressClass(address);
  // A public address that is refused is one of the host's own.
  const kind = what === "public" ? "an address of this host" : `a ${what} address`;
  const where = isAddress(target.host) ? "is" : "leads to";
  const reason = `${target.host} ${where} ${kind}, which is never reached unless the rule names it with connect`;
  return { allowed: false, code: "address", reason, ...placeOf(verdict) };
}

function placeOf({ origin, rule }: Allowed): Pick<Denied, "origin" | "place"> {
  return rule === undefined ? { origin } : { origin, place: rule.place };
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "refused the connection",
  ETIMEDOUT: "didn't answer in time",
  ENETUNREACH: "can't be reached from this network",
  ABORT_ERR: "was given up, since the client left",
  ENOENT: "has no socket on the host",
};

function unreachable({ target }: Dialling, errno: string): Undialled {
  const words = WORDS[errno] ?? "can't be reached";
  return { allowed: false, code: "unreachable", reason: `${target.host} port ${target.port} ${words}`, errno };
}

/** The socket is where it was sent, or it is closed. */
function checked(dialling: Dialling, socket: Socket, endpoint: Endpoint): Connected | Undialled {
  if ("path" in endpoint) return { allowed: true, socket, address: endpoint.path, endpoint };
  const { remoteAddress, remotePort } = socket;
  if (
    remoteAddress !== undefined &&
    canonicalAddress(remoteAddress) === endpoint.host &&
    remotePort === endpoint.port
  ) {
    return { allowed: true, socket, address: endpoint.host, endpoint };
  }
  socket.destroy();
  // It may have been reset between the connection and now, which leaves no address either.
  return unreachable(dialling, remoteAddress === undefined ? "ECONNRESET" : "EHOSTUNREACH");
}

function limited<T>(work: Promise<T>, timeoutMs: number, signal: AbortSignal | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = containment(() => reject(new Error("given up")))(() => finish(() => reject(new Error("given up"))));
    const timer = setTimeout(stop, timeoutMs);
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
      settle();
    };
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted) stop();
    work.then(
      (value) => finish(() => resolve(value)),
      (error: unknown) => finish(() => reject(error)),
    );
  });
}
