import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { readDocument } from "./document.js";
import { parsePolicy } from "./parse.js";
import { builtinNames, builtinProfile, builtinProfiles, profileForCommand } from "./profiles/builtin.js";
import { jsonSchema, policyReference } from "./reference.js";
import { starterPolicy } from "./starter.js";

const encode = (text: string) => new TextEncoder().encode(text);

test("each compiled profile is what its text says, with the same places, and is valid", async () => {
  for (const profile of builtinProfiles()) {
    const file = `built-in:${profile.name}`;
    const read = readDocument(encode(profile.text), file);
    assert.ok(read.ok, profile.name);
    assert.deepEqual(profile.value, read.document.value);
    assert.deepEqual(profile.places, read.document.places);
    const parsed = await parsePolicy(encode(profile.text), file);
    assert.deepEqual(parsed.ok ? [] : parsed.diagnostics, []);
  }
});

test("the compiled profiles are the ones in the folder", async () => {
  const folder = new URL("../../../src/policy/profiles/", import.meta.url);
  const files = (await readdir(folder)).filter((file) => file.endsWith(".yaml"));
  assert.deepEqual(files.map((file) => file.slice(0, -".yaml".length)).sort(), [...builtinNames()].sort());
  for (const file of files) {
    assert.equal(
      await readFile(new URL(file, folder), "utf8"),
      builtinProfile(file.slice(0, -".yaml".length))?.text,
      `${file}: npm run generate:profiles`,
    );
  }
});

test("a command is served by its agent's profile, and others by none", () => {
  assert.equal(profileForCommand("claude"), "claude-code");
  assert.equal(profileForCommand("/usr/local/bin/gemini"), "gemini-cli");
  for (const name of ["bash", "default", "constructor", "claude-code2"])
    assert.equal(profileForCommand(name), undefined);
});

test("the JSON Schema describes every key, refuses others and gives the defaults of the built-in default", () => {
  const schema = jsonSchema();
  const visit = (at: ReturnType<typeof jsonSchema>, path: string) => {
    if (at.properties !== undefined) assert.equal(at.additionalProperties, false, path);
    for (const [key, inner] of Object.entries(at.properties ?? {})) {
      assert.ok((inner.description ?? "") !== "", `${path}.${key} has no description`);
      visit(inner, `${path}.${key}`);
    }
  };
  visit(schema, "");
  assert.deepEqual(schema.required, ["version"]);
  assert.equal(schema.properties?.["limits"]?.properties?.["pids"]?.default, 4096);
});

test("every example of the documentation is valid", async () => {
  const visit = async (at: ReturnType<typeof jsonSchema>, path: readonly string[]): Promise<void> => {
    for (const [key, inner] of Object.entries(at.properties ?? {})) await visit(inner, [...path, key]);
    const example = at.examples?.[0];
    if (example === undefined || path.includes("image")) return;
    const value = path.reduceRight<unknown>((below, key) => ({ [key]: below }), example);
    const parsed = await parsePolicy(encode(JSON.stringify({ version: 1, ...Object(value) })), "example");
    assert.deepEqual(parsed.ok ? [] : parsed.diagnostics.map((one) => one.message), [], path.join("."));
  };
  await visit(jsonSchema(), []);
});

test("the reference names every key of the top", () => {
  const text = policyReference();
  for (const key of Object.keys(jsonSchema().properties ?? {}))
    assert.match(text, new RegExp(`(^## ${key}$|\\| \`${key}\` \\|)`, "m"));
});

test("a starter policy is valid for any folder, and shows what was found", async () => {
  for (const entries of [
    [],
    [".git", "package.json"],
    ["Cargo.toml", "go.mod", "pyproject.toml", "Gemfile", ".claude", ".codex", "GEMINI.md"],
  ]) {
    for (const folder of ["project", "", "we ird\n: name", "-x", "日本"]) {
      const parsed = await parsePolicy(encode(starterPolicy(folder, entries).text), "cordon.yaml");
      assert.deepEqual(parsed.ok ? [] : parsed.diagnostics, []);
    }
  }
  assert.match(starterPolicy("x", [".claude"]).text, /^extends: \[claude-code\]$/m);
});
