// One POST to a receiver. It never follows a redirect, reads a bounded answer, and never puts a header's value into a message.
import type { IncomingMessage } from "node:http";
import { Agent as HttpAgent, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { messageOf } from "../../core/error.js";
import { printable } from "../../core/text.js";
import { ATTEMPT_MS, DeliveryError } from "./receiver.js";

export interface HttpTarget {
  readonly url: string;
  /** Of the user's choosing: tokens and the like. */
  readonly headers: Readonly<Record<string, string>>;
  /** PEM: the only authority that the receiver is believed by. */
  readonly ca?: string;
}

export interface HttpAnswer {
  readonly status: number;
  /** At most MAX_ANSWER bytes of it. */
  readonly body: string;
}

const MAX_ANSWER = 64 * 1024;
/** What a receiver may ask for at most. */
const MAX_RETRY_AFTER_MS = 300_000;

export class HttpPoster {
  readonly #target: HttpTarget;
  readonly #agent: HttpAgent;

  constructor(target: HttpTarget) {
    this.#target = target;
    const options = { keepAlive: true, maxSockets: 1, timeout: ATTEMPT_MS };
    const secure = target.url.startsWith("https:");
    this.#agent = secure
      ? new HttpsAgent({ ...options, ...(target.ca === undefined ? {} : { ca: target.ca }) })
      : new HttpAgent(options);
  }

  /** Settles with a status of the 200s; anything else rejects with a DeliveryError. */
  async post(body: Buffer, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<HttpAnswer> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(ATTEMPT_MS)]);
    let answer: HttpAnswer & { readonly retryAfter: string | undefined };
    try {
      answer = await this.#exchange(body, headers, limit);
    } catch (error) {
      if (limit.aborted && !signal.aborted) throw new DeliveryError("it didn't answer in time", { cause: error });
      throw new DeliveryError(printable(messageOf(error), 200), { cause: error });
    }
    const { status, retryAfter } = answer;
    if (status >= 200 && status < 300) return answer;
    const said =
      status >= 300 && status < 400
        ? `it answers with a redirect (${status}), which is never followed`
        : `it answers with status ${status}`;
    throw new DeliveryError(said, { retryAfterMs: retryAfterMs(retryAfter), tooLarge: status === 413 });
  }

  close(): void {
    this.#agent.destroy();
  }

  #exchange(
    body: Buffer,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<HttpAnswer & { readonly retryAfter: string | undefined }> {
    const { url, headers: own } = this.#target;
    const send = url.startsWith("https:") ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const request = send(url, {
        method: "POST",
        agent: this.#agent,
        signal,
        headers: { ...own, ...headers, "content-length": String(body.length), "user-agent": "cordon" },
      });
      request.once("error", reject);
      request.once("response", (response) => {
        const retryAfter = response.headers["retry-after"];
        textOf(response).then((text) => resolve({ status: response.statusCode ?? 0, body: text, retryAfter }), reject);
      });
      request.end(body);
    });
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response) {
    if (!Buffer.isBuffer(chunk)) continue;
    length += chunk.length;
    // What comes after that is read away, so that the connection can be used again, unless there is no end to it.
    if (length <= MAX_ANSWER) chunks.push(chunk);
    else if (length > 16 * MAX_ANSWER) throw new DeliveryError("its answer doesn't end");
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Seconds, or a date. */
function retryAfterMs(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS);
}
