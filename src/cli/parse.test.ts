import assert from "node:assert/strict";
import { test } from "node:test";
import { CordonError } from "../core/error.js";
import { type Parsed, parse } from "./parse.js";
import { COMMANDS } from "./table.js";

function command(...argv: readonly string[]): Extract<Parsed, { kind: "command" }> {
  const parsed = parse(argv);
  assert.equal(parsed.kind, "command");
  return parsed as Extract<Parsed, { kind: "command" }>;
}

function refusal(...argv: readonly string[]): string {
  try {
    parse(argv);
  } catch (error) {
    assert.ok(error instanceof CordonError);
    return error.toLine();
  }
  throw new Error(`${argv.join(" ")} was accepted`);
}

test("what follows the command's name is the command's, with and without --", () => {
  assert.deepEqual(command("run", "--", "node", "--help").positionals, ["node", "--help"]);
  assert.deepEqual(command("run", "node", "--help").positionals, ["node", "--help"]);
  assert.deepEqual(command("run", "-q", "node", "-q", "--", "-x").positionals, ["node", "-q", "--", "-x"]);
  assert.deepEqual(command("run", "--", "--", "x").positionals, ["--", "x"]);
  assert.deepEqual(command("run", "--read", "/a", "sh", "-c", "--write /").options, { read: ["/a"] });
});

test("options are read in all their forms, and their order is kept", () => {
  const parsed = command(
    "run",
    "-p",
    "a.yaml",
    "--allow=x.org",
    "--read",
    "/a",
    "-qb",
    "native",
    "--allow",
    "y.org",
    "true",
  );
  assert.deepEqual(parsed.options, {
    policy: "a.yaml",
    allow: ["x.org", "y.org"],
    read: ["/a"],
    quiet: true,
    backend: "native",
  });
  assert.deepEqual(
    parsed.order.map(({ name }) => name),
    ["policy", "allow", "read", "quiet", "backend", "allow"],
  );
});

test("an unknown option is refused with the one that was meant", () => {
  assert.match(refusal("run", "--raed", "/a", "true"), /no option --raed\. Did you mean "--read"\?/);
  assert.match(refusal("run", "-x", "true"), /no option -x/);
  assert.match(refusal("run", "--toString", "true"), /no option --toString/);
  assert.match(refusal("--quiet", "run"), /no option --quiet before a command/);
});

test("an unknown command is refused with the one that was meant", () => {
  assert.match(refusal("rum", "true"), /no command "rum"\. Did you mean "run"\?/);
});

test("a value that is missing, superfluous or not one of the choices is refused", () => {
  assert.match(refusal("run", "--read"), /--read needs a value: PATH/);
  assert.match(refusal("run", "--read", "--write", "/a", "true"), /--read needs a value/);
  assert.match(refusal("run", "--quiet=1", "true"), /--quiet takes no value/);
  assert.match(
    refusal("run", "--mode", "wrte", "true"),
    /must be one of read, write, overlay, not "wrte"\. Did you mean "write"\?/,
  );
  assert.match(refusal("doctor", "now"), /doctor takes no arguments/);
});

test("a hyphen alone and a value after = may be given", () => {
  assert.equal(command("run", "--events", "-", "true").options["events"], "-");
  assert.deepEqual(command("run", "--read=-odd", "true").options["read"], ["-odd"]);
});

test("help and version are found where they belong to Cordon", () => {
  assert.deepEqual(parse(["--version"]), { kind: "version" });
  assert.deepEqual(parse([]), { kind: "help", command: undefined });
  const parsed = parse(["run", "--help"]);
  assert.equal(parsed.kind === "help" && parsed.command?.name, "run");
});

test("commands of later releases are known and say so", async () => {
  await assert.rejects(command("rules", "test", "--json").command.load(), /"rules" comes in a later release/);
});

test("no two commands have a name, and no two options of a command a letter, in common", () => {
  assert.equal(new Set(COMMANDS.map(({ name }) => name)).size, COMMANDS.length);
  for (const { name, options } of COMMANDS) {
    const letters = Object.values(options).flatMap(({ short }) => (short === undefined ? [] : [short]));
    assert.equal(new Set(letters).size, letters.length, name);
  }
});
