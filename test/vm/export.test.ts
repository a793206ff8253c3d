// The exported unit and the exported systemd-run script under a real user's manager: they start, the attacks fail, the limits bite.
import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { basename } from "node:path";
import { describe, test } from "node:test";
import { describeResult } from "../support/exec.js";
import { attackWords, EXPORT_ATTACKS, exportFiles, fileOf, makeTarget, POLICY, STARTED } from "../support/export.js";
import { ordinary } from "../support/identity.js";
import { makeStage } from "../support/stage.js";

const TIMEOUT_MS = 120_000;

describe("the exported systemd-run script", () => {
  test("every attack works without it and fails in it", async (t) => {
    const target = await makeTarget(t, ordinary);
    const { stage } = target;
    const script = fileOf(await exportFiles(stage, "systemd-run", { policy: POLICY }));
    // Descriptors never come to a service: the manager starts it.
    for (const attack of EXPORT_ATTACKS.filter(({ name }) => name !== "use a descriptor that was left open")) {
      const options = { env: { TEST_KEY: stage.secret }, timeoutMs: TIMEOUT_MS };
      const words = attackWords(attack, target);
      const outside = await stage.outside(words, options);
      assert.equal(attack.worked(target, outside), true, `without the sandbox: ${describeResult(outside)}`);
      attack.undo?.(target);
      const inside = await stage.outside([script, ...words], options);
      assert.match(inside.stdout, STARTED, describeResult(inside));
      assert.equal(attack.worked(target, inside), false, `${attack.name}: ${describeResult(inside)}`);
    }
  });

  test("the words, the status and what is written are the command's own", async (t) => {
    const stage = makeStage(t, ordinary);
    const folder = stage.makeDirectory("more/it's 100% $5");
    stage.write("more/it's 100% $5/file", "found\n");
    const odd = ["", "a b", "$HOME $$ `id`", `'"\\`, "%h %%", "line\nline", "*"];
    const script = fileOf(await exportFiles(stage, "systemd-run", { policy: POLICY, flags: ["--read", folder] }));
    const shell = 'cat "$1/file"; shift; printf "[%s]" "$@"; echo 2 >output; exit 7';
    const result = await stage.outside([script, "sh", "-c", shell, "sh", folder, ...odd], { timeoutMs: TIMEOUT_MS });
    assert.equal(result.stdout, `found\n${odd.map((word) => `[${word}]`).join("")}`, describeResult(result));
    assert.equal(result.code, 7);
    assert.equal(readFileSync(stage.path("workspace/output"), "utf8"), "2\n");
  });

  test("of the host's root only what is named is there", async (t) => {
    const stage = makeStage(t, ordinary);
    const script = fileOf(await exportFiles(stage, "systemd-run", { policy: POLICY }));
    const result = await stage.outside([script, "ls", "/"], { timeoutMs: TIMEOUT_MS });
    assert.match(result.stdout, /^usr$/m, describeResult(result));
    assert.doesNotMatch(result.stdout, /^(boot|media|mnt|opt|srv)$/m);
  });

  test("more memory than the limit ends the command", async (t) => {
    const stage = makeStage(t, ordinary);
    const policy = "version: 1\nname: test\nlimits: { memory: 64M }\n";
    const script = fileOf(await exportFiles(stage, "systemd-run", { policy }));
    const hog = (megabytes: number) => [script, "python3", "-c", `x = b'x' * (${megabytes} << 20); print('had it')`];
    const small = await stage.outside(hog(8), { timeoutMs: TIMEOUT_MS });
    assert.match(small.stdout, /had it/, describeResult(small));
    const large = await stage.outside(hog(200), { timeoutMs: TIMEOUT_MS });
    assert.doesNotMatch(large.stdout, /had it/, describeResult(large));
    assert.notEqual(large.code, 0);
  });
});

test("the exported unit starts, works in the workspace, and its attacks fail", async (t) => {
  const target = await makeTarget(t, ordinary);
  const { stage } = target;
  for (const [at, attack] of EXPORT_ATTACKS.entries()) stage.write(`workspace/attacks/${at}`, attack.script(target));
  const loop =
    'cd attacks; for attack in *; do (cd ..; sh "attacks/$attack" >"results/$attack" 2>&1 </dev/null); done; cd ..; id -u >done; cat /proc/self/status >status';
  stage.makeDirectory("workspace/results");
  const unit = fileOf(await exportFiles(stage, "systemd-unit", { policy: POLICY, command: ["sh", "-c", loop] }));
  const name = `cordon-${stage.secret.slice(-6)}-${basename(unit)}`;
  const manager = async (...words: readonly string[]) =>
    stage.outside(["systemctl", "--user", ...words], { timeoutMs: TIMEOUT_MS, cwd: "/" });
  const folder = `${ordinary.home}/.config/systemd/user`;
  await stage.outside(["sh", "-c", 'mkdir -p "$1" && cp "$2" "$1/$3"', "sh", folder, unit, name]);
  t.after(async () => {
    rmSync(`${folder}/${name}`, { force: true });
    await manager("daemon-reload");
  });
  await manager("daemon-reload");
  const started = await manager("start", "--wait", name);
  const journal = await stage.outside(["journalctl", "--user", "--no-pager", "-n", "40", "--unit", name]);
  assert.equal(started.code, 0, `${describeResult(started)}\n${describeResult(journal)}`);
  const text = (path: string) => readFileSync(stage.path("workspace", path), "utf8");
  assert.equal(text("done"), `${ordinary.uid}\n`);
  for (const [at, attack] of EXPORT_ATTACKS.entries()) {
    const result = { code: 0, signal: null, stdout: text(`results/${at}`), stderr: "", stdoutBytes: Buffer.alloc(0) };
    assert.equal(attack.worked(target, result), false, `${attack.name}: ${result.stdout}`);
  }
  const status = text("status");
  for (const line of [/^NoNewPrivs:\t1$/m, /^CapEff:\t0+$/m, /^CapBnd:\t0+$/m, /^Seccomp:\t2$/m])
    assert.match(status, line);
});
