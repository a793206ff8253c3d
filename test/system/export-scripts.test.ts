// The exported scripts really run, as an ordinary user and without Cordon, and hold what they say. Each attack is first shown to work
// without them.
import assert from "node:assert/strict";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { describeResult, type ExecOptions, type Result } from "../support/exec.js";
import { attackWords, EXPORT_ATTACKS, exportFiles, fileOf, makeTarget, POLICY, STARTED } from "../support/export.js";
import { ordinary } from "../support/identity.js";
import { makeStage, type Stage } from "../support/stage.js";

interface Kind {
  readonly name: string;
  readonly program: string;
  /** Attacks that its header says it doesn't hold. */
  readonly lost: readonly string[];
}

const KINDS: readonly Kind[] = [
  { name: "bubblewrap", program: "/usr/bin/bwrap", lost: [] },
  { name: "unshare", program: "/usr/bin/unshare", lost: [] },
];

for (const { name, program, lost } of KINDS) {
  describe(`the exported ${name} script`, { skip: existsSync(program) ? false : `${program} isn't there` }, () => {
    for (const attack of EXPORT_ATTACKS) {
      test(`${attack.name}: ${lost.includes(attack.name) ? "not held, as it says" : "held"}`, async (t) => {
        const target = await makeTarget(t, ordinary);
        const { stage } = target;
        const left = openSync(stage.path("beside/secret"), "r");
        t.after(() => closeSync(left));
        const options: ExecOptions = { env: { TEST_KEY: stage.secret }, extraFds: [left] };
        const script = fileOf(await exportFiles(stage, name, { policy: POLICY }));
        const words = attackWords(attack, target);
        const outside = await stage.outside(words, options);
        assert.equal(attack.worked(target, outside), true, `without the sandbox: ${describeResult(outside)}`);
        attack.undo?.(target);
        const inside = await stage.outside([script, ...words], options);
        assert.match(inside.stdout, STARTED, describeResult(inside));
        assert.equal(attack.worked(target, inside), lost.includes(attack.name), describeResult(inside));
      });
    }

    const run = async (
      stage: Stage,
      words: readonly string[],
      request: Parameters<typeof exportFiles>[2] = {},
    ): Promise<Result> =>
      stage.outside([fileOf(await exportFiles(stage, name, { policy: POLICY, ...request })), ...words]);

    test("the command works in the workspace, and what it writes there stays", async (t) => {
      const stage = makeStage(t, ordinary);
      stage.write("workspace/input", "1");
      const result = await run(stage, [
        "sh",
        "-c",
        "cat input && echo 2 >output && echo x >$HOME/a && echo y >/tmp/b && id -u",
      ]);
      assert.equal(result.stdout, `1${ordinary.uid}\n`, describeResult(result));
      assert.equal(readFileSync(stage.path("workspace/output"), "utf8"), "2\n");
    });

    test("the status and the words of the command are its own, whatever they hold", async (t) => {
      const stage = makeStage(t, ordinary);
      const odd = ["", "a b", "$HOME `id` $(id)", `'"\\`, "%h %%", "line\nline", "ünï", "*"];
      const first = await run(stage, odd.slice(4), { command: ["printf", "[%s]", ...odd.slice(0, 4)] });
      assert.equal(first.stdout, odd.map((word) => `[${word}]`).join(""), describeResult(first));
      assert.equal((await run(stage, ["sh", "-c", "exit 7"])).code, 7);
    });

    test("paths and values with odd letters come through", async (t) => {
      const stage = makeStage(t, ordinary);
      const folder = stage.makeDirectory('more/it\'s $5 (100%) "x" & y');
      stage.write('more/it\'s $5 (100%) "x" & y/file', "found");
      const policy = `${POLICY}process: { env: { set: { ODD: ${JSON.stringify('it\'s $5 "100%" `id`\nsecond')} } } }\n`;
      const result = await run(stage, ["sh", "-c", 'cat "$1/file" && printenv ODD', "sh", folder], {
        policy,
        flags: ["--read", folder],
      });
      assert.equal(result.stdout, 'foundit\'s $5 "100%" `id`\nsecond\n', describeResult(result));
    });

    test("values of variables that are passed on aren't written into it, but taken when it is started", async (t) => {
      const stage = makeStage(t, ordinary);
      const policy = "version: 1\nname: test\nprocess: { env: { pass: [TEST_KEY, OTHER_KEY] } }\n";
      const script = fileOf(await exportFiles(stage, name, { policy, env: { TEST_KEY: stage.secret } }));
      assert.doesNotMatch(readFileSync(script, "utf8"), new RegExp(stage.secret));
      const words = [script, "sh", "-c", 'printf "%s|%s|%s" "$TEST_KEY" "$OTHER_KEY" "$THIRD"'];
      const env = { TEST_KEY: "a 'b", OTHER_KEY: "c", THIRD: "d" };
      assert.equal((await stage.outside(words, { env })).stdout, "a 'b|c|");
    });
  });
}
