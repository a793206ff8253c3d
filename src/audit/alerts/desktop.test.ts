import assert from "node:assert/strict";
import { test } from "node:test";
import { notifyCommand } from "./desktop.js";

const NOTE = { title: "Cordon: <b>x</b>", text: `-o '"$(id)" \u001b[31m & ${"y".repeat(1000)}` };
const bus = { DBUS_SESSION_BUS_ADDRESS: "unix:path=/tmp/bus" };
const only = (program: string) => (path: string) => path === `/usr/bin/${program}`;

test("each program gets each text as one argument, bounded, without markup or control characters", () => {
  for (const program of ["notify-send", "busctl", "gdbus"]) {
    const command = notifyCommand(NOTE, bus, only(program));
    assert.equal(command?.argv[0], `/usr/bin/${program}`);
    const text = command.argv.find((each) => each.includes("$(id)")) ?? "";
    assert.ok(text.length < 500);
    assert.ok(text.includes("\\x1b[31m &amp; yyy") || text.includes("\\\\x1b[31m &amp; yyy"), text);
    assert.ok(command.argv.some((each) => each.includes("&lt;b&gt;x&lt;/b&gt;")));
    assert.deepEqual(Object.keys(command.env), ["DBUS_SESSION_BUS_ADDRESS", "LANG"]);
  }
});

test("without a bus, or a program for it, there is no notification", () => {
  assert.equal(notifyCommand(NOTE, {}, only("notify-send")), undefined);
  assert.equal(
    notifyCommand(NOTE, bus, () => false),
    undefined,
  );
});
