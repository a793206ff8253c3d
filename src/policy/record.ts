// The settings of the record's receivers and of alerts, out of what is written. Pure.
import { DEFAULT_FOR_MS, readAlertRate, readUse } from "./alerting.js";
import { expectRead, readDuration, readSize } from "./atoms.js";
import { readHostPattern } from "./hosts.js";
import type { Written } from "./schema/policy.js";
import { readShipAddress } from "./shipping.js";
import type { AlertRule, ShipSetting } from "./types.js";

type WrittenShip = NonNullable<NonNullable<Written["audit"]>["ship"]>[number];
type WrittenAlert = NonNullable<Written["alerts"]>[number];

const DEFAULT_BATCH = 500;
const DEFAULT_SPOOL_BYTES = 64 * 1024 * 1024;

export function shipOf(entry: WrittenShip): ShipSetting {
  if (typeof entry === "string") return shipOf({ to: entry });
  const { to, headersFrom, secret, ca, batch = DEFAULT_BATCH, spool } = entry;
  return {
    to: expectRead(readShipAddress(to)),
    ...(headersFrom === undefined ? {} : { headersFrom }),
    ...(secret === undefined ? {} : { secret }),
    ...(ca === undefined ? {} : { ca }),
    batch,
    spoolBytes: spool === undefined ? DEFAULT_SPOOL_BYTES : expectRead(readSize(String(spool))),
  };
}

export function alertOf(rule: WrittenAlert): AlertRule {
  const { on, over, host, path } = rule;
  if (on === "cpu" || on === "memory") {
    return {
      on,
      above: expectRead(readUse(on, over ?? "")),
      forMs: rule.for === undefined ? DEFAULT_FOR_MS : expectRead(readDuration(rule.for)),
      do: rule.do,
    };
  }
  return {
    on,
    ...(over === undefined ? {} : { over: expectRead(readAlertRate(over)) }),
    ...(host === undefined ? {} : { host: expectRead(readHostPattern(host)) }),
    ...(path === undefined ? {} : { path }),
    do: rule.do,
  };
}
