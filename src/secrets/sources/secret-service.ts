// The desktop's keyring by its own interface (Secret Service, over the session's D-Bus): no program in between. Values come over the user's own
// bus, as they do to every program that asks; they are in no message of ours.
import { connect, type Socket } from "node:net";
import { type Call, callBytes, firstReply, Reader, type Reply, Writer } from "./dbus-wire.js";
import type { Environment, Fetched } from "./source.js";

const TIMEOUT_MS = 30_000;
const BUS = { destination: "org.freedesktop.DBus", path: "/org/freedesktop/DBus", interface: "org.freedesktop.DBus" };
const SECRETS = {
  destination: "org.freedesktop.secrets",
  path: "/org/freedesktop/secrets",
  interface: "org.freedesktop.Secret.Service",
};

export type Found = Fetched | { readonly ok: false; readonly problem: string; readonly locked: true };

/** The first entry with all of these attributes. */
export async function fromSecretService(
  attributes: readonly (readonly [string, string])[],
  env: Environment,
): Promise<Found> {
  const address = busOf(env);
  if (address === undefined) return { ok: false, problem: "there is no session bus ($DBUS_SESSION_BUS_ADDRESS)" };
  const bus = new Bus(address);
  try {
    await bus.open();
    return await lookUp(bus, attributes);
  } catch (error) {
    return { ok: false, problem: error instanceof BusProblem ? error.message : "the session bus isn't there" };
  } finally {
    bus.close();
  }
}

async function lookUp(bus: Bus, attributes: readonly (readonly [string, string])[]): Promise<Found> {
  const plain = new Writer().string("plain").signature("s").string("").bytes;
  const opened = new Reader(await bus.call({ ...SECRETS, member: "OpenSession", signature: "sv", body: plain }));
  opened.variant();
  const session = opened.string();
  const wanted = new Writer().array(8, (entries) => {
    for (const [name, value] of attributes) entries.align(8).string(name).string(value);
  }).bytes;
  const items = new Reader(await bus.call({ ...SECRETS, member: "SearchItems", signature: "a{ss}", body: wanted }));
  const [unlocked, locked] = [items.strings(), items.strings()];
  const [path] = unlocked;
  if (path === undefined && locked.length > 0) return { ok: false, problem: "the keyring is locked", locked: true };
  if (path === undefined) return { ok: false, problem: "the keyring has no such entry" };
  const body = new Writer().string(session).bytes;
  const item = { destination: SECRETS.destination, path, interface: "org.freedesktop.Secret.Item" };
  const secret = new Reader(await bus.call({ ...item, member: "GetSecret", signature: "o", body })).align(8);
  secret.string();
  secret.bytes(secret.uint32());
  return { ok: true, bytes: Buffer.from(secret.bytes(secret.uint32())) };
}

/** Only sockets of this computer. */
function busOf(env: Environment): string | undefined {
  const runtime = env["XDG_RUNTIME_DIR"];
  const addresses = (
    env["DBUS_SESSION_BUS_ADDRESS"] ?? (runtime === undefined ? "" : `unix:path=${runtime}/bus`)
  ).split(";");
  for (const address of addresses) {
    const [, kind, path = ""] = /^unix:(?:[^,]*,)*?(path|abstract)=([^,]+)/.exec(address) ?? [];
    if (kind !== undefined) return `${kind === "abstract" ? "\0" : ""}${unescaped(path)}`;
  }
  return undefined;
}

function unescaped(text: string): string {
  return text.replace(/%([0-9a-fA-F]{2})/g, (_all, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}

class BusProblem extends Error {}

class Bus {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, { resolve(body: Buffer): void; reject(error: Error): void }>();
  #came: Buffer = Buffer.alloc(0);
  #greeted = false;
  #serial = 0;
  #ready: (() => void) | undefined;
  #failed: Error | undefined;

  constructor(path: string) {
    this.#socket = connect({ path });
    this.#socket.setTimeout(TIMEOUT_MS, () => this.#fail(new BusProblem("the keyring doesn't answer")));
    this.#socket.on("error", () => this.#fail(new BusProblem("the session bus can't be reached")));
    this.#socket.on("close", () => this.#fail(new BusProblem("the session bus broke off")));
    this.#socket.on("data", (chunk: Buffer) => this.#take(chunk));
  }

  async open(): Promise<void> {
    const uid = Buffer.from(String(process.geteuid?.() ?? 0)).toString("hex");
    const greeted = new Promise<void>((resolve, reject) => {
      this.#ready = resolve;
      this.#waiting.set(0, { resolve: () => undefined, reject });
    });
    this.#socket.write(`\0AUTH EXTERNAL ${uid}\r\n`);
    await greeted;
    this.#waiting.delete(0);
    this.#socket.write("BEGIN\r\n");
    await this.call({ ...BUS, member: "Hello" });
  }

  call(call: Call): Promise<Buffer> {
    this.#serial += 1;
    const serial = this.#serial;
    return new Promise((resolve, reject) => {
      if (this.#failed !== undefined) reject(this.#failed);
      this.#waiting.set(serial, { resolve, reject });
      this.#socket.write(callBytes(call, serial));
    });
  }

  close(): void {
    this.#came.fill(0);
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#came = Buffer.concat([this.#came, chunk]);
    try {
      if (!this.#greeted) this.#greet();
      else this.#read();
    } catch {
      this.#fail(new BusProblem("the session bus says what can't be read"));
    }
  }

  #greet(): void {
    const end = this.#came.indexOf("\r\n");
    if (end < 0) return;
    if (!this.#came.toString("latin1", 0, end).startsWith("OK ")) {
      this.#fail(new BusProblem("the session bus belongs to somebody else"));
      return;
    }
    this.#came = this.#came.subarray(end + 2);
    this.#greeted = true;
    this.#ready?.();
  }

  #read(): void {
    for (let found = firstReply(this.#came); found !== undefined; found = firstReply(this.#came)) {
      this.#came = found.rest;
      if (found.reply !== undefined) this.#answer(found.reply);
    }
  }

  #answer({ to, failed, body }: Reply): void {
    const waiting = this.#waiting.get(to);
    this.#waiting.delete(to);
    if (failed) waiting?.reject(new BusProblem("there is no keyring in this session, or it refuses to answer"));
    else waiting?.resolve(body);
  }

  #fail(error: Error): void {
    this.#failed ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    this.#socket.destroy();
  }
}
