import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { exportText } from "./journal-remote.js";
import { journalText } from "./journald.js";
import { counted, syslogMessage } from "./syslog.js";

const CONTEXT = { hostName: "vm", pid: 7 };
const EVENT = { seq: 3, time: "2000-01-02T03:04:05.678Z", run: "r", type: "network.denied", host: 'a"]\\b', port: 443 };
const LINE = JSON.stringify(EVENT);

test("a message of RFC 5424, with what is special in its data escaped", () => {
  assert.equal(
    syslogMessage(LINE, "r", CONTEXT),
    `<84>1 2000-01-02T03:04:05.678Z vm cordon 7 network.denied [cordon@32473 run="r" seq="3" type="network.denied" host="a\\"\\]\\\\b" port="443"] ${LINE}`,
  );
});

test("a line that can't be read is shipped all the same", () => {
  assert.equal(
    syslogMessage("{torn", "r", CONTEXT),
    '<86>1 - vm cordon 7 record [cordon@32473 run="r" type="record"] {torn',
  );
});

test("whatever an event says, a reader of counted messages takes out what went in", () => {
  fc.assert(
    fc.property(fc.array(fc.record({ type: fc.string(), path: fc.string({ unit: "binary" }) })), (events) => {
      const lines = events.map((event) => JSON.stringify({ run: "r", ...event }));
      let bytes = Buffer.from(lines.map((line) => counted(syslogMessage(line, "r", CONTEXT))).join(""));
      for (const line of lines) {
        const space = bytes.indexOf(" ");
        const end = space + 1 + Number(bytes.toString("latin1", 0, space));
        const message = bytes.toString("utf8", space + 1, end);
        assert.match(message, /^<\d+>1 - vm cordon 7 [\x21-\x7e]{1,32} \[cordon@32473 run="r"/);
        assert.ok(message.endsWith(`] ${line}`));
        const data = message.slice(0, -line.length - 1);
        assert.match(data, /^[^\u0000-\u001f]*\[cordon@32473( \w+="(?:[^"\\\]]|\\["\\\]])*")+\]$/);
        bytes = bytes.subarray(end);
      }
      assert.equal(bytes.length, 0);
    }),
  );
});

test("the journal's socket is told the priority of each line", () => {
  assert.equal(journalText([LINE, "{}"]), `cordon\n\n6\n1\n0\n0\n0\n<4>${LINE}\n<6>{}\n`);
});

test("an entry of the journal's export format: one field a line, and no value that breaks one", () => {
  const where = { hostName: "vm", bootId: "b".repeat(32), machineId: undefined, nowMs: 5, monotonicMs: 9 };
  const line = JSON.stringify({ ...EVENT, reasonWhy: "two\nlines", note: "fine" });
  const text = exportText({ key: "k", run: "r", lines: [line] }, where);
  assert.equal(
    text,
    [
      "__REALTIME_TIMESTAMP=946782245678000",
      "__MONOTONIC_TIMESTAMP=9000",
      `_BOOT_ID=${"b".repeat(32)}`,
      "_HOSTNAME=vm",
      "SYSLOG_IDENTIFIER=cordon",
      "PRIORITY=4",
      `MESSAGE=${line}`,
      "CORDON_RUN=r",
      "CORDON_TYPE=network.denied",
      "CORDON_SEQ=3",
      'CORDON_HOST=a"]\\b',
      "CORDON_PORT=443",
      "CORDON_NOTE=fine",
      "\n",
    ].join("\n"),
  );
});
