import assert from "node:assert/strict";
import { test } from "node:test";
import { loadPolicy } from "./load.js";
import type { Settings } from "./types.js";

const FILE = "/home/ada/work/cordon.yaml";

async function load(text: string): Promise<Settings | readonly string[]> {
  const texts = new Map([[FILE, new TextEncoder().encode(`version: 1\n${text}`)]]);
  const loaded = await loadPolicy({
    file: FILE,
    texts,
    profiles: [],
    overrides: [],
    home: "/home/ada",
    cwd: "/home/ada",
  });
  if (loaded.ok) return loaded.policy.settings;
  return loaded.diagnostics.map(({ place, message }) => `${place.line}:${place.column} ${message}`);
}

async function settings(text: string): Promise<Settings> {
  const loaded = await load(text);
  if (!("version" in loaded)) assert.fail(loaded.join("\n"));
  return loaded;
}

async function problems(text: string): Promise<readonly string[]> {
  const loaded = await load(text);
  return "version" in loaded ? [] : loaded;
}

test("receivers: short and long form, files absolute", async () => {
  const { audit } = await settings(`
audit:
  ship:
    - journald
    - { to: "https://a.b/in", secret: "file:~/key", headersFrom: "file:headers", ca: ca.pem, batch: 10, spool: 1M }
`);
  const rest = { batch: 500, spoolBytes: 64 * 1024 ** 2 };
  assert.deepEqual(audit.ship, [
    { to: { kind: "journald", socket: "/run/systemd/journal/stdout" }, ...rest },
    {
      to: { kind: "webhook", url: "https://a.b/in" },
      headersFrom: "file:/home/ada/work/headers",
      secret: "file:/home/ada/key",
      ca: "/home/ada/work/ca.pem",
      batch: 10,
      spoolBytes: 1024 ** 2,
    },
  ]);
});

test("what doesn't fit a receiver is said with its place", async () => {
  const entry = (text: string) => problems(`audit:\n  ship:\n    - ${text}\n`);
  assert.match((await entry("syslog"))[0] ?? "", /^4:7 audit.ship.0 must be journald, syslog\+unix.*, not "syslog"$/);
  assert.match((await entry("http://a.b/"))[0] ?? "", /must be an address with https/);
  assert.match(
    (await entry('{ to: "http://a.b/" }'))[0] ?? "",
    /audit.ship.0.to must be an address with https, or stand/,
  );
  assert.deepEqual(await entry('{ to: "http://a.b/", unencrypted: true }'), []);
  assert.match(
    (await entry('{ to: journald, secret: "env:A" }'))[0] ?? "",
    /secret must stand beside a webhook's address/,
  );
  assert.match((await entry('{ to: "syslog+tcp://a.b", ca: x }'))[0] ?? "", /ca must stand beside an address with TLS/);
  assert.match((await entry('{ to: "https://a.b", secret: "abc" }'))[0] ?? "", /secret must be env:NAME or file:PATH/);
  assert.match(
    (await entry('{ to: "https://a.b", headerFrom: x }'))[0] ?? "",
    /unknown key "headerFrom".*Did you mean "headersFrom"/,
  );
});

test("alerts: events with filters, and use", async () => {
  const { alerts } = await settings(`
alerts:
  - { on: network.denied, host: "*.evil.test", over: 5/m, do: [notify, stop] }
  - { on: file.protected, path: "**/.git/**", do: [pause] }
  - { on: cpu, over: 150%, for: 10s, do: [notify] }
  - { on: memory, over: 2G, do: ["webhook:https://a.b/"] }
`);
  assert.deepEqual(alerts.slice(-4), [
    { on: "network.denied", over: { count: 5, perMs: 60_000 }, host: "*.evil.test", do: ["notify", "stop"] },
    { on: "file.protected", path: "**/.git/**", do: ["pause"] },
    { on: "cpu", above: { share: 1.5 }, forMs: 10_000, do: ["notify"] },
    { on: "memory", above: { bytes: 2 * 1024 ** 3 }, forMs: 30_000, do: ["webhook:https://a.b/"] },
  ]);
});

test("a webhook that isn't there is an error, and plain syslog to elsewhere a warning", async () => {
  assert.match(
    (await problems("alerts:\n  - { on: exec, do: [webhook] }\n"))[0] ?? "",
    /the one of audit.ship, which has none/,
  );
  assert.deepEqual(await problems('audit: { ship: ["https://a.b/"] }\nalerts:\n  - { on: exec, do: [webhook] }\n'), []);
  assert.deepEqual(await problems('audit: { ship: ["syslog+tcp://a.b"] }\n'), []);
});

test("an alert that can't be is said with its place", async () => {
  const rule = async (text: string) => (await problems(`alerts:\n  - ${text}\n`)).join("\n");
  assert.match(await rule("{ on: cpu, do: [notify] }"), /must say "over" what/);
  assert.match(await rule("{ on: cpu, over: 5/m, do: [notify] }"), /alerts.0.over must be a share of processor time/);
  assert.match(await rule("{ on: exec, over: 90%, do: [notify] }"), /alerts.0.over must be a rate/);
  assert.match(await rule("{ on: exec, for: 9s, do: [notify] }"), /for must stand beside on: cpu/);
  assert.match(await rule("{ on: exec, host: a.b, do: [notify] }"), /host must stand beside an event with a host/);
  assert.match(await rule("{ on: alert, do: [notify] }"), /alerts.0.on must be the name of an event/);
  assert.match(await rule("{ on: exec, do: [] }"), /do must be a list with an action/);
  assert.match(await rule('{ on: exec, do: ["webhook:http://a.b/"] }'), /must be webhook: and an address with https/);
});
