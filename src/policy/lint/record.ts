// Receivers of the record and alerts that can't do what they say. Pure.
import { isLoopback } from "../shipping.js";
import type { Finding, LintContext } from "./report.js";

export function* lintRecord({ settings }: LintContext): Generator<Finding> {
  const { audit, alerts } = settings;
  for (const [index, { to }] of audit.ship.entries()) {
    if (to.kind !== "syslog" || to.over !== "tcp" || isLoopback(to.host)) continue;
    yield {
      severity: "warning",
      path: `audit.ship.${index}`,
      code: "unencrypted",
      message: `events go to ${to.host} unencrypted: whoever is on the way can read and change them`,
      hint: "syslog+tls://",
    };
  }
  const hasWebhook = audit.ship.some(({ to }) => to.kind === "webhook");
  for (const [index, rule] of alerts.entries()) {
    if (hasWebhook || !rule.do.includes("webhook")) continue;
    yield {
      severity: "error",
      path: `alerts.${index}`,
      code: "no-webhook",
      message: "`webhook` is the one of audit.ship, which has none",
      hint: "webhook:https://…",
    };
  }
}
