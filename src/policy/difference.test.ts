import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { effort } from "../../test/support/effort.js";
import { lineDifference } from "./difference.js";

test("equal texts have no difference", () => {
  assert.equal(lineDifference("a\nb", "a\nb"), "");
});

test("changed lines are shown with what stands around them", () => {
  assert.equal(lineDifference("1\n2\n3\n4\n5\n6\n7", "1\n2\n3\nx\n5\n6\n7"), "  2\n  3\n- 4\n+ x\n  5\n  6");
});

test("the lines taken out and put in are those of the two texts", () => {
  const text = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 12 }).map((lines) => lines.join("\n"));
  fc.assert(
    fc.property(text, text, (before, after) => {
      const lines = lineDifference(before, after).split("\n");
      const size = (mark: string) => lines.filter((line) => line.startsWith(mark)).length;
      assert.equal(
        size("+ ") - size("- "),
        before === after ? 0 : after.split("\n").length - before.split("\n").length,
      );
    }),
  );
});

test("huge texts are shown in part and in no time", () => {
  const took = effort();
  const shown = lineDifference("a\n".repeat(300_000), "b\n".repeat(300_000));
  assert.ok(shown.split("\n").length <= 61 && took() < 1000);
});
