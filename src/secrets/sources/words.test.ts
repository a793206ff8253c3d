import assert from "node:assert/strict";
import { test } from "node:test";
import { wordsOf } from "./words.js";

test("a command is words between spaces, quoted where they have some, and nothing that a shell would read", () => {
  assert.deepEqual(wordsOf("pass show work/anthropic"), ["pass", "show", "work/anthropic"]);
  assert.deepEqual(wordsOf(`op read "op://My Vault/Key/credential"`), ["op", "read", "op://My Vault/Key/credential"]);
  assert.deepEqual(wordsOf(`a 'b c'd "e\\"f" g\\ h ''`), ["a", "b cd", `e"f`, "g h", ""]);
  assert.deepEqual(wordsOf("a $(b) `c` | d ; e > f"), ["a", "$(b)", "`c`", "|", "d", ";", "e", ">", "f"]);
  assert.equal(wordsOf("a 'b"), undefined);
  assert.equal(wordsOf("   "), undefined);
});
