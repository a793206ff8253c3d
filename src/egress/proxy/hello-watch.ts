// Carries a TLS connection whose first hello was accepted, until it is clear that there is no second one, or that the second names the
// same host. It must never let a byte of the client overtake what the server answers to its first hello, nor keep a client waiting without
// a limit once it was asked again.
// SECURITY(T24): servers go by the name in the second hello.
import type { Socket } from "node:net";
import { containment } from "../contained.js";
import { SecondHello, ServerAnswer } from "../tls/hello-retry.js";
import type { Tunnel } from "./tunnel.js";

export interface HelloWatch {
  readonly client: Socket;
  readonly tunnel: Tunnel;
  /** The first hello, to its last byte; what follows it still stands in the client's socket, which is paused. */
  readonly hello: Buffer;
  /** Of the first hello, as it was sent. */
  readonly sni: string | undefined;
  /** How long the client may take for the second one. */
  readonly limitMs: number;
}

/** Early data; more of it waits in the kernel. */
const MAX_HELD_BYTES = 64 * 1024;

class Carrier {
  readonly #watch: HelloWatch;
  readonly #settle: (why: string | undefined) => void;
  readonly #answer = new ServerAnswer();
  #held: Buffer[] = [];
  #heldBytes = 0;
  #second: SecondHello | undefined;
  #timer: NodeJS.Timeout | undefined;
  #done = false;
  readonly #contained = containment(() => this.#finish("an internal error"));

  constructor(watch: HelloWatch, settle: (why: string | undefined) => void) {
    this.#watch = watch;
    this.#settle = settle;
    const { client, tunnel, hello } = watch;
    client.on("data", this.#read).once("end", this.#ended).once("close", this.#gone);
    tunnel.watch(this.#see);
    tunnel.send(hello);
    if (client.destroyed) this.#gone();
    else if (client.readableEnded) this.#ended();
    else client.resume();
  }

  readonly #read = this.#contained((chunk: Buffer): void => {
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#second !== undefined) this.#judge(this.#second, chunk);
    else if (this.#heldBytes >= MAX_HELD_BYTES) this.#watch.client.pause();
  });

  readonly #gone = this.#contained(() => this.#finish(undefined));

  readonly #ended = this.#contained((): void => {
    if (this.#second !== undefined) this.#finish("it ended inside its second TLS hello");
    // No byte can follow any more; the server gets to know.
    else if (this.#heldBytes === 0) this.#flow();
    else this.#watch.client.destroy();
  });

  /** What the server says, or undefined at its end. */
  readonly #see = (chunk: Buffer | undefined): boolean => {
    if (this.#done) return false;
    const kind = chunk === undefined ? "other" : this.#answer.push(chunk);
    if (kind === "other") this.#flow();
    else if (kind === "retry") this.#askedAgain();
    return kind === "more";
  };

  #askedAgain(): void {
    const { client, sni, limitMs } = this.#watch;
    const second = new SecondHello(sni);
    this.#second = second;
    this.#timer = setTimeout(() => this.#finish("its second TLS hello didn't come in time"), limitMs);
    for (const chunk of this.#held) this.#judge(second, chunk);
    if (!this.#done) client.resume();
  }

  /** Nothing of the second hello is passed on before all of it was read. */
  #judge(second: SecondHello, chunk: Buffer): void {
    if (this.#done) return;
    const said = second.push(chunk);
    if (said === "same") this.#flow();
    else if (said !== "more") this.#finish(said.why);
  }

  #flow(): void {
    const held = this.#held;
    this.#finish(undefined);
    this.#watch.tunnel.up(Buffer.concat(held));
  }

  #finish(why: string | undefined): void {
    if (this.#done) return;
    this.#done = true;
    this.#held = [];
    clearTimeout(this.#timer);
    this.#watch.client.off("data", this.#read).off("end", this.#ended).off("close", this.#gone).pause();
    this.#settle(why);
  }
}

/** Sends the hello. Settles with why the connection must end, or with nothing: the bytes flow, or the client is gone. */
export function carryHello(watch: HelloWatch): Promise<string | undefined> {
  return new Promise((resolve) => {
    new Carrier(watch, resolve);
  });
}
