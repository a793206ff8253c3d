// What an alert waits for and what it does, as a policy writes them. Pure.
import { parseCpuShare, parseRate, parseSize } from "../core/units.js";
import { bad, good, type Read, type Reader } from "./atoms.js";
import { readShipping } from "./shipping.js";
import type { RateSetting, UseAlert } from "./types.js";

export const EVENT_ALERTS = [
  "exec",
  "network.allowed",
  "network.denied",
  "dns.denied",
  "file.canary",
  "file.protected",
  "secret.used",
  "limit.hit",
  "approval.asked",
  "approval.answered",
  "run.started",
  "run.exited",
] as const;

export const USE_ALERTS = ["cpu", "memory"] as const;

/** Everything an alert can be about. Never alerts themselves. */
export const ALERT_CONDITIONS: readonly string[] = [...EVENT_ALERTS, ...USE_ALERTS];

/** Which events have what a filter looks at. */
export const HOST_EVENTS: readonly string[] = ["network.allowed", "network.denied", "dns.denied", "secret.used"];
export const PATH_EVENTS: readonly string[] = ["file.canary", "file.protected"];

/** So many times are remembered for one rule. */
const MAX_COUNT = 10_000;
export const DEFAULT_FOR_MS = 30_000;

export const readAlertRate: Reader<RateSetting> = (text) => {
  const rate = parseRate(text);
  return rate === undefined || rate.count > MAX_COUNT ? bad("a rate such as 5/m, of at most 10000") : good(rate);
};

export function readUse(on: UseAlert["on"], text: string): Read<UseAlert["above"]> {
  const share = parseCpuShare(text);
  if (share !== undefined) return good({ share });
  if (on === "cpu") return bad("a share of processor time such as 90% (100% is one processor)");
  const bytes = parseSize(text);
  return bytes === undefined || bytes === 0
    ? bad("a share of the limit such as 90%, or a size such as 2G")
    : good({ bytes });
}

/** Any of these; which one fits depends on the condition. */
export const readThreshold: Reader<string> = (text) =>
  readAlertRate(text).ok || readUse("memory", text).ok
    ? good(text)
    : bad("a rate such as 5/m for events, a share such as 90% for cpu and memory, or a size such as 2G for memory");

export const readAlertAction: Reader<string> = (text) => {
  if (["notify", "pause", "stop", "webhook"].includes(text)) return good(text);
  if (!text.startsWith("webhook:")) return bad("notify, pause, stop, webhook or webhook:https://…");
  const address = readShipping(text.slice("webhook:".length));
  return address.ok && address.value.kind === "webhook"
    ? good(text)
    : bad("webhook: and an address with https, or with http to this computer");
};
