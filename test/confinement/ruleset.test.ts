// The capture's bytes as the system's own tools read them back from the kernel.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { captureMessages, NETLINK } from "../../src/confinement/netfilter.js";
import { ROOT } from "../support/repository.js";

const REPLAY = fileURLToPath(new URL("../../../test/confinement/replay.py", import.meta.url));
const missing = ["nft", "ip", "unshare", "python3"].filter((name) => spawnSync("which", [name]).status !== 0);

function rulesOf(family: string, local: string, loopback: string, quoted: string): string {
  return `table ${family} cordon {
	chain untracked {
		type filter hook output priority raw; policy accept;
		udp dport 53 ${family} daddr != ${loopback} accept
		udp sport 54 ${family} saddr ${loopback} accept
		notrack
	}
	chain capture {
		type filter hook prerouting priority mangle; policy accept;
		meta l4proto tcp ${family} daddr != ${local} tproxy to ${quoted}:15001 accept
	}
	chain names {
		type nat hook output priority -100; policy accept;
		udp dport 53 ${family} daddr != ${loopback} dnat to ${quoted}:54
	}
}`;
}

test("nft and ip list the rules that were meant", { skip: missing.length > 0 ? `without ${missing}` : false }, () => {
  const { route, netfilter = new Uint8Array() } = captureMessages({ port: 15_001, dnsPort: 54, transparent: true });
  const input = JSON.stringify(
    [
      [NETLINK.route, route],
      [NETLINK.netfilter, netfilter],
    ].map(([protocol, bytes]) => [protocol, Buffer.from(bytes as Uint8Array).toString("hex")]),
  );
  const argv = ["--user", "--map-root-user", "--net", "python3", REPLAY];
  const run = spawnSync("unshare", argv, { input, encoding: "utf8", timeout: 30_000 });
  assert.equal(run.status, 0, run.stderr);
  const [rules = "", routes = ""] = run.stdout.split("=====\n");
  const expected = [rulesOf("ip", "127.0.0.0/8", "127.0.0.1", "127.0.0.1"), rulesOf("ip6", "::1", "::1", "[::1]")].join(
    "\n",
  );
  assert.equal(rules.replace(/\n+/g, "\n").trim(), expected);
  assert.match(routes, /^local default dev lo .*src 127\.0\.0\.1/m);
  assert.match(routes, /^local default dev lo .*src ::1/m);
});

/** As C text: what `cordon-init probe` sends to find out whether the capture works. */
function probeBytes(): string {
  const sets = [
    ["BOTH", captureMessages({ port: 15_001, dnsPort: 54, transparent: true })],
    ["FOUR", captureMessages({ port: 15_001, dnsPort: 54, transparent: true, ipv6: false })],
  ] as const;
  const written = sets.flatMap(([name, { route, netfilter = new Uint8Array() }]) => [
    `static const char ROUTES_${name}[] =\n${lines(route)};`,
    `static const char RULES_${name}[] =\n${lines(netfilter)};`,
  ]);
  return `${written.join("\n")}\n`;
}

function lines(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString("hex");
  return (hex.match(/.{1,128}/g) ?? []).map((line) => `    "${line}"`).join("\n");
}

test("the probe asks the kernel with the very bytes that a launch sends", () => {
  const file = join(ROOT, "native/probe_capture.c");
  const text = readFileSync(file, "utf8");
  const [head = "", , tail = ""] = text.split(/(?<=\/\/ BYTES\n)([\s\S]*)(?=\/\/ END OF BYTES)/);
  const wanted = head + probeBytes() + tail;
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, wanted);
  assert.equal(readFileSync(file, "utf8"), wanted);
});
