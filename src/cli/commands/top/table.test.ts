import assert from "node:assert/strict";
import { test } from "node:test";
import type { Sample } from "./sampler.js";
import { screenOf, tableOf } from "./table.js";

const SAMPLE: Sample = {
  id: "build-00000001",
  name: "build",
  state: "running",
  cpuPercent: 99.5,
  cpuMs: 1000,
  memoryBytes: 64 * 1024 * 1024,
  pids: 3,
  connections: 2,
  uploadedBytes: 1024,
  downloadedBytes: 2048,
  denied: 1,
  lastDenied: [{ time: "2026-01-01T10:11:12.000Z", what: "evil\u001b[31m.example:443" }],
};

test("a line shows what a run uses, and nothing of it is obeyed by a terminal", () => {
  const [head, line] = tableOf([SAMPLE]).split("\n");
  assert.match(head ?? "", /^RUN +STATE +CPU +MEMORY +PIDS +CONN +UP +DOWN +DENIED +LAST DENIED$/);
  assert.match(line ?? "", /^build-00000001 +running +99\.5% +64M +3 +2 +1K +2K +1 +evil\\x1b\[31m\.example:443$/);
});

test("a screen is as high and as wide as the terminal at most", () => {
  const screen = screenOf(Array(100).fill(SAMPLE), { width: 40, height: 10 });
  const lines = screen.replaceAll(/\u001b\[[HJK]/g, "").split("\r\n");
  assert.equal(lines.length, 9);
  assert.ok(lines.every((line) => line.length <= 40));
});
