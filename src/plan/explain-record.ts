// What `explain` says of the record and of alerts: where lines go besides, and what is watched for. Pure.
import { formatDuration, formatSize } from "../core/units.js";
import { isLoopback, type ShipAddress, shownAddress, usesTls } from "../policy/shipping.js";
import type { AlertRule, ShipSetting } from "../policy/types.js";

export interface ExplainedReceiver {
  readonly to: string;
  readonly reason: string;
}

export function explainReceiver(setting: ShipSetting): ExplainedReceiver {
  const { to, secret, ca, spoolBytes } = setting;
  const parts = [
    wayOf(to),
    secret === undefined ? undefined : `signed with ${secret}`,
    ca === undefined ? undefined : `believed by ${ca} only`,
    `up to ${formatSize(spoolBytes)} wait on disk while it can't be reached`,
  ];
  return { to: shownAddress(to), reason: parts.filter((part) => part !== undefined).join("; ") };
}

function wayOf(to: ShipAddress): string {
  if (to.kind === "journald") return "the journal of this computer";
  if (to.kind === "syslog" && to.over === "unix") return "the system log of this computer";
  if (usesTls(to)) return "with TLS";
  const host = "url" in to ? new URL(to.url).hostname.replace(/^\[|\]$/g, "") : to.host;
  return isLoopback(host) ? "on this computer" : "NOT ENCRYPTED: whoever is on the way can read it";
}

export function explainAlert(rule: AlertRule): string {
  return `${conditionOf(rule)}: ${rule.do.map(actionOf).join(", ")}`;
}

/** Also what an alert says of itself. */
export function conditionOf(rule: AlertRule): string {
  if ("above" in rule) {
    const { above, forMs, on } = rule;
    const much = "bytes" in above ? formatSize(above.bytes) : `${Math.round(above.share * 100)}%`;
    return `${on} over ${much} for ${formatDuration(forMs)}`;
  }
  const { on, host, path, over } = rule;
  const often = over === undefined ? "" : ` more than ${over.count} times in ${formatDuration(over.perMs)}`;
  return `${on}${host === undefined ? "" : ` of ${host}`}${path === undefined ? "" : ` of ${path}`}${often}`;
}

/** SECURITY: an address without its query, which may hold a key. */
function actionOf(action: string): string {
  return action.replace(/\?.*$/s, "");
}
