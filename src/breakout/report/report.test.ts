import assert from "node:assert/strict";
import { test } from "node:test";
import { PLAIN } from "../baselines.js";
import type { Report } from "../types.js";
import { reportForm } from "./file.js";
import { reportHtml } from "./html.js";
import { reportJson } from "./json.js";
import { reportJunit } from "./junit.js";
import { reportMarkdown } from "./markdown.js";
import { reportText } from "./text.js";

const EVIL = `<script>alert("1")</script>|\u001b[2J & 'x' ]]>`;
const attack = {
  id: "files/home-hidden",
  control: "files.home-hidden",
  severity: "high",
  threats: ["H5"],
  sentence: "Reads.",
  inside: "",
  judge: () => undefined,
  baseline: PLAIN,
} as const;
const REPORT: Report = {
  version: 1,
  cordon: "0.0.0",
  target: EVIL,
  kernel: "6.1",
  startedAt: "2026-01-01T00:00:00.000Z",
  durationMs: 12,
  notes: [EVIL],
  faults: [
    {
      fault: {
        id: "supervisor/killed",
        severity: "high",
        threats: ["H28"],
        sentence: EVIL,
        expects: EVIL,
      },
      status: "broken",
      evidence: EVIL,
      durationMs: 1,
    },
  ],
  controls: [
    {
      control: "files.home-hidden",
      status: "broken",
      mechanism: EVIL,
      results: [
        { attack, status: "broken", evidence: EVIL, baseline: EVIL, durationMs: 1 },
        { attack, status: "held", evidence: "", baseline: EVIL, durationMs: 1 },
        { attack, status: "unsupported", evidence: EVIL, baseline: EVIL, durationMs: 1 },
        { attack, status: "no-baseline", evidence: EVIL, baseline: EVIL, durationMs: 1 },
      ],
    },
  ],
};

test("evidence comes from inside, and no form of the report lets it be markup", () => {
  const page = reportHtml(REPORT);
  assert.ok(!page.includes("<script"));
  assert.ok(!/https?:\/\//.test(page), "the page fetches nothing");
  for (const text of [page, reportJunit(REPORT), reportMarkdown(REPORT), reportText(REPORT, false)])
    assert.ok(!text.includes("\u001b"));
  assert.ok(!reportJunit(REPORT).includes("<script"));
  assert.ok(!/[^\\]<script/.test(reportMarkdown(REPORT)));
});

test("JUnit counts what couldn't be shown as skipped, not as passed", () => {
  assert.match(reportJunit(REPORT), /<testsuites [^>]*tests="5" failures="2" skipped="2" errors="0"/);
});

test("a run of faults only speaks of no attacks, in no form", () => {
  const faults: Report = { ...REPORT, target: "native", notes: [], controls: [] };
  assert.match(reportText(faults, false), /^1 fault: 0 survived \(/m);
  for (const text of [reportText(faults, false), reportMarkdown(faults), reportHtml(faults)])
    assert.doesNotMatch(text, /0 attacks|<ul|<h2>Attacks/);
  assert.match(reportText({ ...faults, faults: [] }, false), /^0 attacks on native/m);
});

test("JSON says whether all held", () => {
  const data: unknown = JSON.parse(reportJson(REPORT));
  assert.ok(typeof data === "object" && data !== null && "held" in data && "counts" in data);
  assert.equal(data.held, false);
  assert.deepEqual(data.counts, { held: 1, broken: 1, "no-baseline": 1, unsupported: 1, degraded: 0 });
});

test("a report's form is known before anything is attacked", () => {
  assert.equal(reportForm("a.html"), reportHtml);
  assert.throws(() => reportForm("a.txt"), /ends in/);
});
