import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { CordonError } from "../core/error.js";
import { completionScript, SHELLS } from "./completion.js";
import { endingOf } from "./exit.js";
import { commandHelp, generalHelp } from "./help.js";
import { wantsColour } from "./output.js";
import { overridesOf } from "./overrides.js";
import { Refusals } from "./refused.js";
import { COMMANDS } from "./table.js";

test("general help names every command", () => {
  for (const { name } of COMMANDS) assert.ok(generalHelp().includes(name), name);
});

test("a command's help names each of its options", () => {
  for (const command of COMMANDS) {
    const help = commandHelp(command);
    for (const name of Object.keys(command.options)) assert.ok(help.includes(`--${name}`), `${command.name} ${name}`);
  }
});

test("completion scripts offer commands, options and profiles, and bash can read its own", () => {
  for (const shell of SHELLS) {
    const script = completionScript(shell, ["claude-code"]);
    for (const word of ["explain", "allow-degraded", "claude-code", "overlay"])
      assert.ok(script.includes(word), `${shell} ${word}`);
  }
  const checked = spawnSync("bash", ["-n"], { input: completionScript("bash", []), encoding: "utf8", timeout: 10_000 });
  assert.equal(checked.status, 0, checked.stderr);
});

test("NO_COLOR beats FORCE_COLOR beats the terminal", () => {
  assert.equal(wantsColour({ NO_COLOR: "1", FORCE_COLOR: "1" }, true), false);
  assert.equal(wantsColour({ FORCE_COLOR: "1" }, false), true);
  assert.equal(wantsColour({ FORCE_COLOR: "0" }, true), false);
  assert.equal(wantsColour({ TERM: "xterm" }, true), true);
  assert.equal(wantsColour({ TERM: "dumb" }, true), false);
  assert.equal(wantsColour({ NO_COLOR: "" }, true), true);
});

test("an error is one line without control characters and without a stack trace", () => {
  const known = endingOf(new CordonError("usage", "no\n\u001b[31m", { place: "--x", hint: "do y" }), false);
  assert.deepEqual(known, { status: 125, text: "cordon: --x: no\\x0a\\x1b[31m (do y)" });
  const unknown = endingOf(new TypeError("oops"), false);
  assert.equal(unknown.text.split("\n").length, 1);
  assert.ok(endingOf(new TypeError("oops"), true).text.includes("at "));
});

test("options become layers in the order in which they were given", async () => {
  const overrides = await overridesOf([
    { name: "quiet", value: true },
    { name: "env", value: "TOKEN" },
    { name: "env", value: "A=b=c" },
    { name: "mode", value: "read" },
    { name: "allow", value: "x.org" },
    { name: "set", value: "limits.pids=7" },
  ]);
  assert.deepEqual(overrides, [
    { option: "--env", path: ["process", "env", "pass"], value: "TOKEN", append: true },
    { option: "--env", path: ["process", "env", "set", "A"], value: "b=c" },
    { option: "--mode", path: ["workspace", "mode"], value: "read" },
    { option: "--allow", path: ["network", "allow"], value: "x.org", append: true },
    { option: "--set", path: ["limits", "pids"], value: 7 },
  ]);
});

test("the summary of refused changes is short and safe to print", () => {
  const refused = new Refusals();
  assert.equal(refused.lines()[0], undefined);
  for (const name of ["a\u001b", "b", "c", "d", "d"]) {
    refused.see({
      seq: 1,
      time: "",
      run: "",
      type: "file.protected",
      path: `/w/${name}`,
      operation: "open",
      action: "refused",
    });
  }
  assert.equal(refused.lines()[0], "5 changes to protected names were refused: /w/a\\x1b, /w/b, /w/c, …");
});
