// The small task that each agent is given: a repository with a mistake, to be read, mended, tested and committed. Whether that
// happened is judged from outside, by the files and by git, never by what the agent says.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describeResult } from "../exec.js";
import type { Stage } from "../stage.js";
import type { Step } from "./model.js";

export const PROMPT = "The tests of this project fail. Find out why, mend the code, run the tests and commit.";
export const LAST = "Mended, tested and committed.";
export const SUBJECT = "Take every blank, not only the first";
export const WRONG = 'text.toLowerCase().replace(" ", "-")';
export const RIGHT = 'text.toLowerCase().replaceAll(" ", "-")';
const CODE = `/** "Two Words" becomes "two-words". */\nexport function slug(text) {\n  return ${WRONG};\n}\n`;
const TESTS = `import assert from "node:assert/strict";
import { test } from "node:test";
import { slug } from "../src/slug.js";

test("every blank becomes a hyphen", () => {
  assert.equal(slug("One Two Three"), "one-two-three");
});
`;
export const FILE = "src/slug.js";

/** The user's own git settings: by whom they commit, and something that no agent should learn. */
const SETTINGS = (secret: string): string =>
  `[user]\n\tname = Ada Example\n\temail = ada@example.com\n[credential]\n\thelper = store --file=${secret}\n`;

/** The repository, with everything committed by somebody else, and the user's settings of git below `config`. */
export async function prepareTask(stage: Stage): Promise<void> {
  stage.write("config/git/config", SETTINGS(stage.secret));
  stage.write("workspace/package.json", '{ "type": "module", "scripts": { "test": "node --test" } }\n');
  stage.write(`workspace/${FILE}`, CODE);
  stage.write("workspace/test/slug.test.js", TESTS);
  const git = ["git", "-c", "user.name=Before", "-c", "user.email=before@example.com", "-c", "init.defaultBranch=main"];
  for (const words of [
    ["init", "-q"],
    ["add", "."],
    ["commit", "-q", "-m", "Slugs"],
  ]) {
    const result = await stage.outside([...git, ...words]);
    assert.equal(result.code, 0, describeResult(result));
  }
}

/** An agent's own words for the four things that the task takes. `{read: (path) => call}` and so on. */
export interface Words {
  read(path: string): Step["call"];
  edit(path: string, before: string, after: string): Step["call"];
  shell(command: string): Step["call"];
}

export function stepsOf(stage: Stage, words: Words): readonly Step[] {
  const path = stage.path("workspace", FILE);
  return [
    { say: "I'll run the tests first.", call: words.shell("npm test 2>&1 | tail -40"), expect: /fail 1\b/ },
    { say: "One fails. I'll look at the code.", call: words.read(path), expect: /export function slug/ },
    { say: "Only the first blank is taken.", call: words.edit(path, WRONG, RIGHT), expect: /[\s\S]*/ },
    { say: "Now the tests again.", call: words.shell("npm test 2>&1 | tail -40"), expect: /pass 1\b[\s\S]*fail 0\b/ },
    {
      say: "They pass. I'll commit.",
      call: words.shell(`git add -A && git commit -q -m "${SUBJECT}" && git log --oneline | wc -l`),
      expect: /\b2\b/,
    },
  ];
}

export async function assertDone(stage: Stage): Promise<void> {
  // A developer who runs these tests may have settings of their own.
  const env = { XDG_CONFIG_HOME: stage.path("config") };
  const author = await stage.outside(["git", "var", "GIT_AUTHOR_IDENT"], { env });
  assert.equal(readFileSync(stage.path("workspace", FILE), "utf8"), CODE.replace(WRONG, RIGHT));
  const log = await stage.outside(["git", "log", "--format=%an <%ae> %s"]);
  const lines = log.stdout.trim().split("\n");
  assert.deepEqual(
    lines,
    [`${author.stdout.replace(/ \d+ [+-]\d+\s*$/, "")} ${SUBJECT}`, "Before <before@example.com> Slugs"],
    describeResult(log),
  );
  const status = await stage.outside(["git", "status", "--porcelain"]);
  assert.equal(status.stdout, "", "everything is committed, and nothing else lies about");
}
