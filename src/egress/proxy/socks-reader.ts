// Reads what a SOCKS client says (RFC 1928, and the user names of RFC 1929, which decide nothing). Pure and incremental: it must never
// throw, keep more than one message, or give out a host that isn't canonical.
import { readHost } from "../../policy/hosts.js";
import type { Target } from "../types.js";

export const REPLY = {
  succeeded: 0,
  failure: 1,
  notAllowed: 2,
  networkUnreachable: 3,
  hostUnreachable: 4,
  refused: 5,
  noSuchCommand: 7,
  noSuchAddressType: 8,
} as const;

export type SocksStep =
  /** Bytes to answer with; more is to come from the client. */
  | { readonly kind: "answer"; readonly bytes: Buffer }
  /** `rest`: what the client sent beyond its request. */
  | { readonly kind: "connect"; readonly target: Target; readonly rest: Buffer }
  /** Last bytes, then the end. `why` is half a sentence of our own words. */
  | { readonly kind: "refuse"; readonly bytes: Buffer; readonly why: string };

type State = "greeting" | "login" | "request" | "done";

const VERSION = 5;
const LOGIN_VERSION = 1;
const NO_LOGIN = 0;
const LOGIN = 2;
const CONNECT = 1;
const ADDRESS = { ipv4: 1, name: 3, ipv6: 4 } as const;

/** The bound address isn't told: it is the host's. */
export function reply(code: number): Buffer {
  return Buffer.from([VERSION, code, 0, ADDRESS.ipv4, 0, 0, 0, 0, 0, 0]);
}

export class SocksReader {
  #state: State = "greeting";
  #buffer = Buffer.alloc(0);

  /** What follows from the bytes so far, in order. After `connect` and `refuse` there is nothing more. */
  push(chunk: Uint8Array): readonly SocksStep[] {
    if (this.#state === "done") return [];
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    const steps: SocksStep[] = [];
    for (let step = this.#step(); step !== undefined; step = this.#step()) {
      steps.push(step);
      if (step.kind !== "answer") this.#end();
    }
    return steps;
  }

  /** Bytes that are held: less than one message. */
  get held(): number {
    return this.#buffer.length;
  }

  #end(): void {
    this.#state = "done";
    this.#buffer = Buffer.alloc(0);
  }

  #step(): SocksStep | undefined {
    switch (this.#state) {
      case "greeting":
        return this.#greeting();
      case "login":
        return this.#login();
      case "request":
        return this.#request();
      case "done":
        return undefined;
    }
  }

  #take(length: number): Buffer | undefined {
    if (this.#buffer.length < length) return undefined;
    const taken = this.#buffer.subarray(0, length);
    this.#buffer = this.#buffer.subarray(length);
    return taken;
  }

  #greeting(): SocksStep | undefined {
    const [version, count] = this.#buffer;
    if (version === undefined) return undefined;
    // SOCKS 4 and 4a: "request rejected or failed" in their own form.
    if (version === 4) return refuse(Buffer.from([0, 91, 0, 0, 0, 0, 0, 0]), "it speaks SOCKS 4; SOCKS 5 is needed");
    if (version !== VERSION) return refuse(Buffer.alloc(0), "it doesn't speak SOCKS 5");
    const methods = count === undefined ? undefined : this.#take(2 + count)?.subarray(2);
    if (methods === undefined) return undefined;
    if (methods.includes(NO_LOGIN)) return this.#answer("request", [VERSION, NO_LOGIN]);
    if (methods.includes(LOGIN)) return this.#answer("login", [VERSION, LOGIN]);
    return refuse(Buffer.from([VERSION, 0xff]), "it offers no way to log in that is known here");
  }

  /** SECURITY(T31): taken and forgotten, for clients that insist on a name. */
  #login(): SocksStep | undefined {
    const [version, nameLength] = this.#buffer;
    if (version !== undefined && version !== LOGIN_VERSION)
      return refuse(Buffer.from([LOGIN_VERSION, 1]), "its login can't be read");
    if (nameLength === undefined) return undefined;
    const passwordLength = this.#buffer[2 + nameLength];
    if (passwordLength === undefined || this.#take(3 + nameLength + passwordLength) === undefined) return undefined;
    return this.#answer("request", [LOGIN_VERSION, 0]);
  }

  #answer(next: State, bytes: readonly number[]): SocksStep {
    this.#state = next;
    return { kind: "answer", bytes: Buffer.from(bytes) };
  }

  #request(): SocksStep | undefined {
    const [version, command, , type, first] = this.#buffer;
    if (version !== undefined && version !== VERSION) return refuse(reply(REPLY.failure), "its request can't be read");
    if (type === undefined || first === undefined) return undefined;
    const start = type === ADDRESS.name ? 5 : 4;
    const length = { [ADDRESS.ipv4]: 4, [ADDRESS.name]: first, [ADDRESS.ipv6]: 16 }[type];
    if (length === undefined) return refuse(reply(REPLY.noSuchAddressType), "its kind of address is unknown");
    const message = this.#take(start + length + 2);
    if (message === undefined) return undefined;
    if (command !== CONNECT) return refuse(reply(REPLY.noSuchCommand), "only CONNECT is there");
    const host = hostOf(type, message.subarray(start, start + length));
    const port = message.readUInt16BE(start + length);
    if (host === undefined || port === 0)
      return refuse(reply(REPLY.notAllowed), "its host isn't a name or address in its plain form");
    return { kind: "connect", target: { host, port }, rest: this.#buffer };
  }
}

function refuse(bytes: Buffer, why: string): SocksStep {
  return { kind: "refuse", bytes, why };
}

/** SECURITY(T21): one canonical host, or none. */
function hostOf(type: number, bytes: Buffer): string | undefined {
  const text = hostText(type, bytes);
  const read = text === undefined ? undefined : readHost(text);
  return read?.ok ? read.value : undefined;
}

function hostText(type: number, bytes: Buffer): string | undefined {
  if (type === ADDRESS.ipv4) return bytes.join(".");
  if (type === ADDRESS.ipv6) {
    const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16));
    return new URL(`http://[${groups.join(":")}]/`).hostname;
  }
  // Names are ASCII on this wire; other bytes could be read in two ways.
  return bytes.every((byte) => byte > 0x20 && byte < 0x7f) ? bytes.toString("latin1") : undefined;
}
