import assert from "node:assert/strict";
import { test } from "node:test";
import { formatAddress, readShipAddress, readShipping, shownAddress } from "./shipping.js";

const GOOD: readonly (readonly [text: string, canonical?: string])[] = [
  ["journald"],
  ["journald:", "journald"],
  ["journald:/run/systemd/journal.mine/stdout"],
  ["syslog+unix:/dev/log"],
  ["syslog+unix:///dev/log", "syslog+unix:/dev/log"],
  ["syslog+tcp://logs.example.com", "syslog+tcp://logs.example.com:514"],
  ["syslog+tls://Logs.Example.com:7000", "syslog+tls://logs.example.com:7000"],
  ["syslog+tls://[2001:db8::1]", "syslog+tls://[2001:db8::1]:6514"],
  ["journal+https://logs.example.com", "journal+https://logs.example.com:19532/upload"],
  ["journal+https://logs.example.com:443/", "journal+https://logs.example.com:443/upload"],
  ["otlp+https://otel.example.com", "otlp+https://otel.example.com/v1/logs"],
  ["otlp+http://127.0.0.1:4318/v1/logs"],
  ["https://hooks.example.com/a?key=1"],
  ["http://localhost:8000/"],
  ["http://[::1]:8000/"],
];

test("each kind of address is read to one form", () => {
  for (const [text, canonical = text] of GOOD) {
    const read = readShipping(text);
    assert.ok(read.ok, text);
    assert.equal(formatAddress(read.value), canonical);
    assert.deepEqual(readShipAddress(canonical), read);
  }
});

test("anything else is refused in words", () => {
  const bad = [
    "",
    "syslog",
    "syslog+udp://a.b",
    "journald:stdout",
    "syslog+unix:dev/log",
    "ftp://a.b",
    "https://",
    "otlp:x",
  ];
  const odd = [
    "syslog+tcp://a.b:0",
    "syslog+tcp://a.b/c",
    "syslog+tls://",
    "https://user:key@a.b/",
    "https://a.b/#x",
    "https://a b",
  ];
  for (const text of [...bad, ...odd, "syslog+tcp://a..b", "https://127.1/", "javascript:1", "https://a.b/\n"])
    assert.equal(readShipping(text).ok, text === "https://127.1/", text);
});

test("plain HTTP is for this computer", () => {
  for (const text of ["http://logs.example.com/", "otlp+http://192.0.2.1:4318", "journal+http://logs.example.com"]) {
    assert.equal(readShipping(text).ok, false, text);
    assert.equal(readShipAddress(text).ok, true, text);
  }
});

test("what is shown has no query", () => {
  const read = readShipAddress("https://hooks.example.com/a?key=secret");
  assert.equal(read.ok ? shownAddress(read.value) : "", "https://hooks.example.com/a");
});
