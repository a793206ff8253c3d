// What an alert does once it is an event, and so in the record: tells the user, tells a webhook, holds the run or ends it. Nothing that
// fails here ends anything else.
import { formatEvent } from "../../events/jsonl.js";
import type { Event } from "../../events/types.js";
import { readShipping } from "../../policy/shipping.js";
import type { ShipSetting } from "../../policy/types.js";
import { readAuthority } from "../ship/keys.js";
import { openReceiver, type ReceiverSetting, type ShipContext } from "../ship/open.js";
import { notifyDesktop } from "./desktop.js";
import { AlertWebhook } from "./webhook.js";

export type AlertEvent = Extract<Event, { type: "alert" }>;

export interface RunningActions {
  readonly run: string;
  readonly name: string;
  readonly ship: readonly ShipSetting[];
  readonly context: ShipContext;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly notice: (text: string) => void;
  readonly pause: (why: string) => void;
  readonly stop: (why: string) => void;
}

/** Desktops and terminals are told so often at most; the rest is counted. */
const TOLD = { count: 5, perMs: 10_000 } as const;
const LAST_MS = 3_000;

export class AlertActions {
  readonly #options: RunningActions;
  readonly #webhooks = new Map<string, AlertWebhook>();
  #shown: readonly number[] = [];
  #unshown = 0;
  #desktop: Promise<unknown> = Promise.resolve();

  constructor(options: RunningActions) {
    this.#options = options;
  }

  /** An alert of nobody's rule, such as one of the record, is told. */
  act(event: AlertEvent, nowMs: number): void {
    for (const action of new Set(event.do ?? ["notify"])) this.#do(action, event, nowMs);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#webhooks.values()].map((webhook) => webhook.close(LAST_MS)));
    await this.#desktop;
    if (this.#unshown > 0) this.#options.notice(`${this.#unshown} more alerts; the record has them`);
  }

  #do(action: string, event: AlertEvent, nowMs: number): void {
    const { pause, stop } = this.#options;
    if (action === "notify") this.#notify(event, nowMs);
    else if (action === "pause") pause(event.message);
    else if (action === "stop") stop(event.message);
    else this.#toWebhook(action, event);
  }

  #notify({ message }: AlertEvent, nowMs: number): void {
    this.#shown = this.#shown.filter((time) => nowMs - time < TOLD.perMs);
    if (this.#shown.length >= TOLD.count) {
      this.#unshown += 1;
      return;
    }
    this.#shown = [...this.#shown, nowMs];
    const more = this.#unshown === 0 ? "" : ` (and ${this.#unshown} alerts before it)`;
    this.#unshown = 0;
    const { name, env, notice } = this.#options;
    notice(`alert: ${message}${more}`);
    const notification = { title: `Cordon: ${name}`, text: `${message}${more}` };
    this.#desktop = Promise.all([this.#desktop, notifyDesktop(notification, env)]);
  }

  #toWebhook(action: string, event: AlertEvent): void {
    const { run, notice } = this.#options;
    const webhook = this.#webhooks.get(action) ?? this.#open(action);
    const line = formatEvent(event).trimEnd();
    const sent = webhook?.send({ key: `${run}.alert.${event.seq}`, run, lines: [line] }) ?? false;
    if (!sent) notice("an alert couldn't be sent to its webhook");
  }

  #open(action: string): AlertWebhook | undefined {
    const setting = webhookOf(action, this.#options.ship);
    if (setting === undefined) return undefined;
    try {
      const webhook = new AlertWebhook(openReceiver(setting, this.#options.context));
      this.#webhooks.set(action, webhook);
      return webhook;
    } catch {
      return undefined;
    }
  }
}

/** `webhook` is the first one of `audit.ship`, with its key and headers; `webhook:URL` has none, unless it is one of those. */
export function webhookOf(action: string, ship: readonly ShipSetting[]): ReceiverSetting | undefined {
  const address = readShipping(action.slice("webhook:".length));
  const named = ship.find(
    ({ to }) => to.kind === "webhook" && (action === "webhook" || (address.ok && sameUrl(to, address.value))),
  );
  if (named === undefined) return address.ok ? { to: address.value } : undefined;
  const { to, headersFrom, secret, ca } = named;
  return {
    to,
    ...(headersFrom === undefined ? {} : { headersFrom }),
    ...(secret === undefined ? {} : { secret }),
    ...(ca === undefined ? {} : { ca: readAuthority(ca) }),
  };
}

function sameUrl(a: ShipSetting["to"], b: ShipSetting["to"]): boolean {
  return "url" in a && "url" in b && a.url === b.url;
}
