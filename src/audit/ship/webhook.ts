// A webhook of the user's: batches as JSON, signed, each with a key by which the receiver knows one that it has already.
import { createHmac } from "node:crypto";
import { HttpPoster, type HttpTarget } from "./http.js";
import type { Batch, Receipt, Receiver } from "./receiver.js";

export interface WebhookOptions extends HttpTarget {
  /** What deliveries are signed with. */
  readonly secret?: Buffer;
  readonly nowMs?: () => number;
}

/**
 * The body is JSON in which each line of the record stands on a line of its own, byte for byte: whoever wants to verify the chain of
 * hashes takes those, without the comma at their end.
 */
export function webhookBody({ key, run, lines }: Batch): string {
  return `{"version":1,"batch":${JSON.stringify(key)},"run":${JSON.stringify(run)},"events":[\n${lines.join(",\n")}\n]}\n`;
}

/** `t=SECONDS,v1=HEX`: HMAC-SHA256 over the seconds, a dot, and the body. The time is in it so that an old delivery can't be sent again. */
export function webhookSignature(secret: Buffer, seconds: number, body: Buffer): string {
  const mac = createHmac("sha256", secret).update(`${seconds}.`).update(body).digest("hex");
  return `t=${seconds},v1=${mac}`;
}

export class WebhookReceiver implements Receiver {
  readonly #poster: HttpPoster;
  readonly #secret: Buffer | undefined;
  readonly #nowMs: () => number;

  constructor(options: WebhookOptions) {
    this.#poster = new HttpPoster(options);
    this.#secret = options.secret;
    this.#nowMs = options.nowMs ?? Date.now;
  }

  async send(batch: Batch, signal: AbortSignal): Promise<Receipt> {
    const body = Buffer.from(webhookBody(batch));
    const headers: Record<string, string> = { "content-type": "application/json", "cordon-batch": batch.key };
    if (this.#secret !== undefined)
      headers["cordon-signature"] = webhookSignature(this.#secret, Math.floor(this.#nowMs() / 1000), body);
    await this.#poster.post(body, headers, signal);
    return {};
  }

  close(): void {
    this.#poster.close();
  }
}
