// A receiver for each kind of address. Opening connects to nothing yet.
import { unreachable } from "../../core/error.js";
import type { ShipAddress } from "../../policy/shipping.js";
import type { HttpTarget } from "./http.js";
import { JournalRemoteReceiver } from "./journal-remote.js";
import { JournaldReceiver } from "./journald.js";
import { type Env, readHeaders, readKey } from "./keys.js";
import { OtlpReceiver } from "./otlp.js";
import type { Receiver } from "./receiver.js";
import { SyslogReceiver } from "./syslog.js";
import { WebhookReceiver } from "./webhook.js";

/** What this computer and this process say of themselves. */
export interface ShipContext {
  readonly env: Env;
  readonly hostName: string;
  readonly bootId: string;
  readonly machineId: string | undefined;
  readonly pid: number;
  readonly version: string;
}

/** A receiver as it was asked for; `ca` is the certificate itself. */
export interface ReceiverSetting {
  readonly to: ShipAddress;
  readonly headersFrom?: string;
  readonly secret?: string;
  readonly ca?: string;
}

/** Throws a CordonError when a key that it needs isn't there. */
export function openReceiver(setting: ReceiverSetting, context: ShipContext): Receiver {
  const { to, secret, ca } = setting;
  switch (to.kind) {
    case "journald":
      return new JournaldReceiver(to.socket);
    case "syslog":
      return new SyslogReceiver({
        to,
        hostName: context.hostName,
        pid: context.pid,
        ...(ca === undefined ? {} : { ca }),
      });
    case "journal":
      return new JournalRemoteReceiver({ ...httpTarget(to.url, setting, context), ...context });
    case "webhook":
      return new WebhookReceiver({
        ...httpTarget(to.url, setting, context),
        ...(secret === undefined ? {} : { secret: readKey(secret, context.env) }),
      });
    case "otlp":
      return new OtlpReceiver({ ...httpTarget(to.url, setting, context), ...context });
    default:
      return unreachable(to);
  }
}

function httpTarget(url: string, { headersFrom, ca }: ReceiverSetting, { env }: ShipContext): HttpTarget {
  return {
    url,
    headers: headersFrom === undefined ? {} : readHeaders(headersFrom, env),
    ...(ca === undefined ? {} : { ca }),
  };
}
