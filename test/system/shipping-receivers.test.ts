// The record shipped to receivers that others have made: each reads every line as it was recorded, and sorts it by run, kind and severity.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { makeCertificates } from "../support/egress/certificates.js";
import { lacking } from "../support/egress/tools.js";
import { makeSharedFolder } from "../support/egress/world.js";
import { describeResult } from "../support/exec.js";
import { ordinary, superuser } from "../support/identity.js";
import {
  JOURNAL_REMOTE,
  JOURNALD,
  lackingOtlp,
  makeJournalRemote,
  makeRsyslog,
  RSYSLOGD,
  startJournald,
  startOtlp,
} from "../support/receivers/programs.js";
import { refusals, shippedRuns } from "../support/receivers/shipped.js";
import { type Cleanup, makeStage } from "../support/stage.js";
import { until } from "../support/wait.js";

const COUNT = 12;
const GUARDED = "file.protected";

/** A folder for a receiver's own files, and a certificate for it. */
function receiverFolder(cleanup: Cleanup) {
  const folder = makeSharedFolder(cleanup);
  return { folder, certificates: makeCertificates(folder, ["logs.test"]) };
}

test("rsyslog: on TCP, with TLS, on a socket file, and by datagrams", { timeout: 120_000 }, async (t) => {
  const lack = await lacking([RSYSLOGD, "logger"]);
  if (lack !== undefined) return t.skip(lack);
  const stage = makeStage(t, ordinary);
  const { folder, certificates } = receiverFolder(t);
  const rsyslog = await makeRsyslog(t, folder, certificates);
  await rsyslog.start();
  const receivers = [
    `syslog+tcp://127.0.0.1:${rsyslog.tcpPort}`,
    { to: `syslog+tls://localhost:${rsyslog.tlsPort}`, ca: certificates.authority },
    `syslog+unix:${rsyslog.streamSocket}`,
    `syslog+unix:${rsyslog.datagramSocket}`,
  ];
  for (const receiver of receivers) {
    const before = rsyslog.messages().length;
    const runs = shippedRuns(stage, [receiver]);
    const result = await runs.run(refusals(COUNT));
    assert.equal(result.code, 0, describeResult(result));
    assert.doesNotMatch(result.stderr, /wait for/);
    const kept = runs.kept();
    await until("the messages", () => rsyslog.messages().length >= before + kept.length);
    const messages = rsyslog.messages().slice(before);
    assert.deepEqual(
      messages.map(({ line }) => line),
      kept,
    );
    assert.deepEqual([...new Set(messages.map(({ priority }) => priority))].toSorted(), [84, 85, 86]);
    if (receiver === receivers.at(-1)) continue;
    const refused = messages.find(({ type }) => type === GUARDED);
    assert.match(
      refused?.data ?? "",
      /^\[cordon@32473 run="[\w-]+" seq="\d+" type="file.protected" path="[^"]+\/guarded"/,
    );
  }
});

test("rsyslog: a certificate of nobody's is not believed, and nothing is sent", { timeout: 60_000 }, async (t) => {
  const lack = await lacking([RSYSLOGD]);
  if (lack !== undefined) return t.skip(lack);
  const stage = makeStage(t, ordinary);
  const { folder, certificates } = receiverFolder(t);
  const rsyslog = await makeRsyslog(t, folder, certificates);
  await rsyslog.start();
  const result = await shippedRuns(stage, [`syslog+tls://localhost:${rsyslog.tlsPort}`]).run("true");
  assert.match(result.stderr, /\d+ lines wait for syslog\+tls:.*(UNABLE_TO_VERIFY|SELF_SIGNED|unable to)/);
  assert.deepEqual(rsyslog.messages(), []);
});

test("rsyslog: killed and started again in the middle of a run", { timeout: 120_000 }, async (t) => {
  const lack = await lacking([RSYSLOGD]);
  if (lack !== undefined) return t.skip(lack);
  const stage = makeStage(t, ordinary);
  const { folder, certificates } = receiverFolder(t);
  const rsyslog = await makeRsyslog(t, folder, certificates);
  await rsyslog.start();
  const runs = shippedRuns(stage, [`syslog+tcp://127.0.0.1:${rsyslog.tcpPort}`]);
  const script = `${refusals(20)}; echo first; read -r _; ${refusals(20)}; echo second; read -r _; ${refusals(20)}`;
  const running = stage.startInside(["sh", "-c", script]);
  await until("the first lines", () => running.output().includes("first") && rsyslog.messages().length >= 22);
  await rsyslog.stop("SIGKILL");
  running.child.stdin?.write("\n");
  await until("the second lines", () => running.output().includes("second"));
  await rsyslog.start();
  running.child.stdin?.end("\n");
  const result = await running.done;
  assert.equal(result.code, 0, describeResult(result));
  if (result.stderr.includes("wait for")) assert.equal((await runs.ship()).code, 0);
  await until("all lines", () => new Set(rsyslog.messages().map(({ line }) => line)).size >= runs.kept().length);
  // At least once: nothing is missing, and what came twice came whole.
  assert.deepEqual([...new Set(rsyslog.messages().map(({ line }) => line))], runs.kept());
});

test("journald of this computer", { timeout: 60_000 }, async (t) => {
  if (superuser === undefined) return t.skip("without root, who starts a journal");
  const lack = await lacking([JOURNALD, "journalctl"]);
  if (lack !== undefined) return t.skip(lack);
  const stage = makeStage(t, ordinary);
  const journal = await startJournald(t, makeSharedFolder(t));
  const runs = shippedRuns(stage, [`journald:${journal.socket}`]);
  const result = await runs.run(refusals(COUNT));
  assert.equal(result.code, 0, describeResult(result));
  assert.doesNotMatch(result.stderr, /wait for/);
  await until("the entries", () => journal.entries().length >= runs.kept().length);
  assert.deepEqual(
    journal.entries().map(({ MESSAGE }) => MESSAGE),
    runs.kept(),
  );
  const priorityOf = (type: string) =>
    journal.entries().find(({ MESSAGE }) => String(MESSAGE).includes(type))?.["PRIORITY"];
  assert.deepEqual([priorityOf('"run.started"'), priorityOf('"checkpoint"'), priorityOf(GUARDED)], ["5", "6", "4"]);
  // Who wrote it is the kernel's word, not ours.
  assert.ok(journal.entries().every(({ _UID }) => _UID === String(ordinary.uid)));
});

test("systemd-journal-remote, with TLS", { timeout: 60_000 }, async (t) => {
  const lack = await lacking([JOURNAL_REMOTE, "journalctl"]);
  if (lack !== undefined) return t.skip(lack);
  const stage = makeStage(t, ordinary);
  const { folder, certificates } = receiverFolder(t);
  const journal = await makeJournalRemote(t, folder, certificates);
  await journal.start();
  const runs = shippedRuns(stage, [{ to: `journal+https://localhost:${journal.port}`, ca: certificates.authority }]);
  const result = await runs.run(refusals(COUNT));
  assert.equal(result.code, 0, describeResult(result));
  assert.doesNotMatch(result.stderr, /wait for/);
  await until("the entries", () => journal.entries().length >= runs.kept().length);
  assert.deepEqual(
    journal.entries().map(({ MESSAGE }) => MESSAGE),
    runs.kept(),
  );
  const [first, ...more] = journal.entries("CORDON_TYPE=file.protected");
  assert.equal(more.length, COUNT - 1);
  assert.match(String(first?.["CORDON_SEQ"]), /^\d+$/);
  assert.equal(first?.["CORDON_PATH"], stage.path("workspace/guarded"));
  assert.equal(first?.["PRIORITY"], "4");
});

test("OpenTelemetry: logs as its own definitions have them, and a partial success", { timeout: 60_000 }, async (t) => {
  const lack = await lackingOtlp();
  if (lack !== undefined) return t.skip(lack);
  const stage = makeStage(t, ordinary);
  const folder = makeSharedFolder(t);
  const otlp = await startOtlp(t, folder);
  const runs = shippedRuns(stage, [{ to: `otlp+http://127.0.0.1:${otlp.port}`, headersFrom: "env:OTLP" }]);
  const result = await runs.run(`${refusals(COUNT)}; sleep 1; touch reject-me`, { env: { OTLP: "X-Tenant: seven" } });
  assert.equal(result.code, 0, describeResult(result));
  assert.doesNotMatch(result.stderr, /wait for/);
  const records = otlp.requests().flatMap(recordsOf);
  assert.deepEqual(
    records.map(({ body }) => body.stringValue),
    runs.kept(),
  );
  const started = records.find(({ eventName }) => eventName === "cordon.run.started");
  const denied = records.find(({ eventName }) => eventName === `cordon.${GUARDED}`);
  assert.equal(started?.severityText, "NOTICE");
  assert.equal(denied?.severityNumber, "SEVERITY_NUMBER_WARN");
  const attributes = new Map(denied?.attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
  assert.equal(attributes.get("cordon.path"), stage.path("workspace/guarded"));
  const line: unknown = JSON.parse(denied?.body.stringValue ?? "");
  assert.ok(typeof line === "object" && line !== null && "time" in line && "seq" in line);
  assert.equal(attributes.get("cordon.seq"), String(line.seq));
  assert.equal(BigInt(denied?.timeUnixNano ?? 0), BigInt(Date.parse(String(line.time))) * 1_000_000n);
  const [request] = otlp.requests();
  assert.match(JSON.stringify(request), /"x-tenant": ?"seven".*"service.name".*"cordon".*"host.name"/);
  assert.ok(existsSync(folder));
});

interface LogRecord {
  readonly body: { readonly stringValue: string };
  readonly severityText: string;
  readonly severityNumber: string;
  readonly eventName: string;
  readonly timeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
}

/** Checked border: written by the receiver out of OpenTelemetry's own types. */
function recordsOf(request: unknown): readonly LogRecord[] {
  const { resourceLogs } = (request as { request: { resourceLogs: { scopeLogs: { logRecords: LogRecord[] }[] }[] } })
    .request;
  return resourceLogs.flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords));
}
