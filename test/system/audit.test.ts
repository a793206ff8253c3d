// The record of real runs: there, right, private, out of reach from inside, and found out when it was touched.
import assert from "node:assert/strict";
import { existsSync, lstatSync, readFileSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { cordonArgv, describeResult, exec, start } from "../support/exec.js";
import { identities } from "../support/identity.js";
import { audit, linesOf, recordFiles, recordFlags, verifyAll } from "../support/records.js";
import { makeStage, type Stage } from "../support/stage.js";
import { until } from "../support/wait.js";

/** As docs/audit.md has it: without anything of Cordon's. */
const BY_HAND = [
  `prev=$(printf 'cordon audit record v1\\n%s' "$1" | sha256sum | cut -c1-64)`,
  "while IFS= read -r line; do",
  `  case $line in *"\\"prev\\":\\"$prev\\""*) ;; *) echo "broken before: $line" ;; esac`,
  `  prev=$(printf %s "$line" | sha256sum | cut -c1-64)`,
  'done < "$2"',
].join("\n");

/** Each round is refused and is an event. */
const REFUSED = "for i in $(seq 20); do echo x > .envrc; done 2>/dev/null; exit 7";

async function recorded(stage: Stage): Promise<string> {
  const result = await stage.inside(["sh", "-c", REFUSED], { flags: recordFlags(stage) });
  assert.equal(result.code, 7, describeResult(result));
  const [file, ...more] = recordFiles(stage);
  assert.ok(file !== undefined && more.length === 0);
  return file;
}

for (const identity of identities) {
  describe(`the record, as ${identity.name}`, () => {
    test("each run leaves one, private and whole, whose chain fits by sha256sum alone", async (t) => {
      const stage = makeStage(t, identity);
      const file = await recorded(stage);
      const { uid, mode } = lstatSync(file);
      assert.deepEqual([uid, mode & 0o777], [identity.uid, 0o600]);
      assert.equal(lstatSync(stage.path("state/audit")).mode & 0o777, 0o700);
      assert.equal(lstatSync(stage.path("state/keys/audit.key")).mode & 0o777, 0o600);
      const lines = linesOf(file).map((line): Record<string, unknown> => JSON.parse(line));
      const events = lines.filter(({ seq, signature }) => seq !== undefined && signature === undefined);
      assert.equal(events[0]?.["type"], "run.started");
      assert.equal(events.at(-1)?.["type"], "run.exited");
      assert.ok(events.length >= 22, `${events.length} events`);
      assert.deepEqual([lines.at(-1)?.["type"], lines.at(-1)?.["reason"]], ["checkpoint", "exit"]);
      const byHand = await stage.outside(["bash", "-c", BY_HAND, "bash", String(events[0]?.["run"]), file]);
      assert.equal(byHand.stdout, "");
      const { result, records } = await verifyAll(stage);
      assert.equal(result.code, 0, describeResult(result));
      assert.deepEqual(
        records.map(({ state, events: count }) => [state, count]),
        [["finished", events.length]],
      );
    });

    test("an old one is removed by prune and not missed, a running one stays", async (t) => {
      const stage = makeStage(t, identity);
      const file = await recorded(stage);
      const running = stage.startInside(["sh", "-c", "echo ready; sleep 60"], { flags: recordFlags(stage) });
      await until("the second one runs", () => running.output().includes("ready"));
      const pruned = await audit(stage, "prune", "--max-size", "0", stage.path("state"));
      assert.equal(pruned.code, 0, describeResult(pruned));
      assert.match(pruned.stdout, /removed[\s\S]*stays: it is being written/);
      assert.ok(!existsSync(file) && recordFiles(stage).length === 1);
      const { result, records } = await verifyAll(stage);
      assert.deepEqual([result.code, records.map(({ state }) => state)], [0, ["running"]]);
      process.kill(running.pid, "SIGTERM");
      await running.done;
    });

    test("the events are those of --events, byte for byte", async (t) => {
      const stage = makeStage(t, identity);
      const events = stage.path("events.jsonl");
      await stage.inside(["sh", "-c", REFUSED], { flags: [...recordFlags(stage), "--events", events] });
      const [file = ""] = recordFiles(stage);
      const written = linesOf(file).filter((line) => line.startsWith('{"seq"'));
      assert.deepEqual(
        written.map((line) => line.replace(/,"prev":"\w{64}"\}$/, "}")),
        linesOf(events),
      );
    });

    test("a changed line, a cut end and a deleted record are found by verify, with exit status 1", async (t) => {
      const stage = makeStage(t, identity);
      const file = await recorded(stage);
      const whole = readFileSync(file, "utf8");
      const lines = linesOf(file);
      const put = (text: string) => writeFileSync(file, text);
      const at = lines.findIndex((line) => line.includes('"operation":"open"')) + 1;
      put(whole.replace('"operation":"open"', '"operation":"read"'));
      const changed = await audit(stage, "verify", file);
      assert.equal(changed.code, 1, describeResult(changed));
      assert.match(changed.stdout, new RegExp(`TAMPERED.*\\n.*\\.jsonl:${at}: line ${at} was changed`));
      put(
        lines
          .slice(0, -1)
          .map((line) => `${line}\n`)
          .join(""),
      );
      const cut = await audit(stage, "verify", file);
      assert.equal(cut.code, 1, describeResult(cut));
      assert.match(cut.stdout, /the end was cut/);
      unlinkSync(file);
      const gone = await audit(stage, "verify", stage.path("state"));
      assert.equal(gone.code, 1, describeResult(gone));
      assert.match(gone.stdout, /the record is gone/);
      put(whole);
      assert.equal((await audit(stage, "verify", stage.path("state"))).code, 0);
    });

    test("it is shown with filters, escaped, and exported so that it can be verified with the public key alone", async (t) => {
      const stage = makeStage(t, identity);
      const file = await recorded(stage);
      const shown = await audit(stage, "show", file, "--type", "file.protected");
      assert.equal(shown.stdout.trim().split("\n").length, 21, describeResult(shown));
      assert.doesNotMatch(shown.stdout, /\x1b/);
      const last = await audit(stage, "tail", file, "-n", "2", "--json");
      assert.deepEqual(last.stdout.trim().split("\n"), linesOf(file).slice(-2));
      const csv = await audit(stage, "export", file, "--format", "csv", "--type", "run");
      assert.equal(csv.stdout.trim().split("\n").length, 3);
      const exported = await audit(stage, "export", stage.path("state"), "--output", "evidence");
      assert.equal(exported.code, 0, describeResult(exported));
      const key = await stage.outside(["sh", "-c", `ls ${stage.path("evidence")}/*.pub`]);
      rmSync(stage.path("state"), { recursive: true });
      const verified = await audit(stage, "verify", "--key", key.stdout.trim(), "evidence");
      assert.equal(verified.code, 0, describeResult(verified));
      // Somebody else's key proves nothing.
      await stage.inside(["true"], { flags: recordFlags(stage) });
      const other = await stage.outside(["sh", "-c", `ls ${stage.path("state")}/keys/*.pub`]);
      const refused = await audit(stage, "verify", "--key", other.stdout.trim(), "evidence");
      assert.equal(refused.code, 1, describeResult(refused));
      assert.match(refused.stdout, /key that isn't known/);
    });

    test("tail --follow shows what comes, of runs that begin later too", async (t) => {
      const stage = makeStage(t, identity);
      await recorded(stage);
      const follower = start(cordonArgv("audit", "tail", "-f", "-n", "0", "--json", stage.path("state")), {
        identity,
        cwd: stage.root,
      });
      t.after(() => follower.child.kill("SIGKILL"));
      // It is known to follow once it has shown something of another run.
      await until(
        "the next run is shown to its end",
        () => {
          if (follower.output().includes('"type":"run.exited"')) return true;
          if (recordFiles(stage).length < 10 && !launching.has(stage)) {
            launching.add(stage);
            void stage.inside(["true"], { flags: recordFlags(stage) }).finally(() => launching.delete(stage));
          }
          return false;
        },
        20_000,
      );
      await until("no run goes on", () => !launching.has(stage));
      follower.child.kill("SIGINT");
      assert.equal((await follower.done).code, 0);
    });

    test("nothing inside reads, writes or finds it", async (t) => {
      const stage = makeStage(t, identity);
      const file = await recorded(stage);
      const before = readFileSync(file);
      const keys = stage.path("state/keys/audit.key");
      const script = [
        `cat ${file} ${keys}`,
        `echo x >> ${file}`,
        `ls -la ${stage.path("state")} ${stage.path("state/audit")}`,
        `cat /proc/*/root${file}`,
        "for fd in /proc/*/fd/*; do readlink $fd; done",
        "find / -name '*.jsonl' -path '*audit*' -not -path '/proc/*' 2>/dev/null; find / -name audit.key -not -path '/proc/*'",
      ].join("; ");
      assert.match((await stage.outside(["sh", "-c", script])).stdout, /PRIVATE KEY/);
      assert.notDeepEqual(readFileSync(file), before, "outside, it can be written to");
      writeFileSync(file, before);
      for (const more of [[], ["--read", stage.root], ["--set", "filesystem.home=persistent"]]) {
        const result = await stage.inside(["sh", "-c", script], { flags: [...recordFlags(stage), ...more] });
        assert.doesNotMatch(result.stdout, /PRIVATE KEY|run\.started|\.jsonl|audit\.key/, describeResult(result));
      }
      for (const grant of ["--read", "--write"]) {
        const result = await stage.inside(["true"], {
          flags: [...recordFlags(stage), grant, stage.path("state/audit")],
          refused: true,
        });
        assert.match(result.stderr, /its own record|Cordon's own/);
      }
      const parent = await stage.inside(["true"], {
        flags: [...recordFlags(stage), "--write", stage.root],
        refused: true,
      });
      assert.match(parent.stderr, /its own record|Cordon's own/);
      assert.deepEqual(readFileSync(file), before);
    });

    test("a run whose record can't be begun doesn't start", async (t) => {
      const stage = makeStage(t, identity);
      stage.write("state", "a file where the folder should be");
      const refused = await stage.inside(["touch", "began"], { flags: recordFlags(stage), refused: true });
      assert.match(refused.stderr, /^cordon: .*state/);
      assert.equal(refused.stderr.trim().split("\n").length, 1, refused.stderr);
      assert.ok(!existsSync(stage.path("workspace/began")));
      const degraded = await stage.inside(["touch", "began"], {
        flags: recordFlags(stage, "audit.onFailure=continue"),
      });
      assert.equal(degraded.code, 0, describeResult(degraded));
      assert.match(degraded.stderr, /state/);
      assert.ok(existsSync(stage.path("workspace/began")));
    });

    test("a key or a folder that others can get at isn't used", async (t) => {
      const stage = makeStage(t, identity);
      await recorded(stage);
      const folder = stage.path("state/audit");
      await stage.outside(["chmod", "644", stage.path("state/keys/audit.key")]);
      const key = await stage.inside(["true"], { flags: recordFlags(stage), refused: true });
      assert.match(key.stderr, /audit\.key.*others may read it/);
      await stage.outside(["chmod", "600", stage.path("state/keys/audit.key")]);
      await stage.outside(["chmod", "755", folder]);
      const open = await stage.inside(["true"], { flags: recordFlags(stage), refused: true });
      assert.match(open.stderr, /others may read it/);
    });

    test("a record that is removed while it is written ends the run", async (t) => {
      const stage = makeStage(t, identity);
      const running = stage.startInside(["sh", "-c", "while :; do echo x > .envrc; sleep 0.01; done 2>/dev/null"], {
        flags: recordFlags(stage),
      });
      const file = await until("it is written", () => recordFiles(stage)[0]);
      unlinkSync(file);
      const result = await running.done;
      assert.equal(result.code, 125, describeResult(result));
      assert.match(result.stderr, /removed or replaced/);
    });

    test("the events go on in another file when one is full, and the chain with them", async (t) => {
      const stage = makeStage(t, identity);
      await stage.inside(["sh", "-c", REFUSED], {
        flags: recordFlags(stage, "audit.rotate.size=8K", "audit.sync=always"),
      });
      const files = recordFiles(stage);
      assert.ok(files.length >= 2, files.join(", "));
      const { result, records } = await verifyAll(stage);
      assert.equal(result.code, 0, describeResult(result));
      assert.deepEqual(
        records.map(({ state }) => state),
        ["finished"],
      );
      const middle = files.find((each) => each.endsWith(".1.jsonl")) ?? "";
      unlinkSync(middle);
      const without = await verifyAll(stage);
      assert.equal(without.result.code, 1);
    });
  });
}

const launching = new Set<Stage>();

test("the usual place is the user's own, and two runs at once have a record each", async (t) => {
  const [identity] = identities;
  if (identity === undefined) throw new Error("there is nobody to run it");
  const stage = makeStage(t, identity);
  const argv = (name: string) =>
    cordonArgv("run", "-p", stage.path("policy.yaml"), "-w", stage.workspace, "--name", name, "--", "true");
  const name = `audit-${process.pid}`;
  await Promise.all([1, 2, 3, 4].map(() => exec(argv(name), { identity, cwd: stage.workspace })));
  const result = await audit(stage, "verify", "--run", name);
  assert.equal(result.code, 0, describeResult(result));
  assert.match(result.stdout, /^4 records: 4 ok$/m);
});
