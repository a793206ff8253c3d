// Compiles src/policy/profiles/*.yaml to builtin.generated.ts. It runs before tsc, so it knows only YAML, not the schema:
// that the result is a valid policy, with the places that a reading at run time gives, is a unit test's to say.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";

const folder = fileURLToPath(new URL("../src/policy/profiles/", import.meta.url));
const output = `${folder}builtin.generated.ts`;

/** Fills `places` with [dotted path, line, column] as document.ts counts them, and gives the value. */
function read(node, path, key, places, lines) {
  const own = node?.range[0] ?? key;
  const { line, col } = lines.linePos(node === null || isScalar(node) || key === undefined ? own : key);
  places.push([path.join("."), line, col]);
  if (isMap(node)) {
    return Object.fromEntries(
      node.items.map((pair) => [
        pair.key.value,
        read(pair.value, [...path, pair.key.value], pair.key.range[0], places, lines),
      ]),
    );
  }
  if (isSeq(node))
    return node.items.map((item, index) => read(item, [...path, String(index)], undefined, places, lines));
  return node === null ? null : node.value;
}

function compile(name) {
  const text = readFileSync(`${folder}${name}.yaml`, "utf8");
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, version: "1.2", schema: "core", merge: false });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) throw new Error(`${name}.yaml: ${problem.message}`);
  const places = [];
  const value = read(document.contents, [], undefined, places, lines);
  places[0] = ["", 1, 1];
  const comment = /^(?:#[^\n]*\n)+/.exec(text)?.[0] ?? "";
  const summary = comment.replace(/^# ?/gm, "").trim().replaceAll("\n", " ");
  const digest = `sha256:${createHash("sha256").update(text).digest("hex")}`;
  return { name, summary, digest, text, value, places };
}

const names = readdirSync(folder)
  .filter((file) => file.endsWith(".yaml"))
  .map((file) => file.slice(0, -".yaml".length))
  .sort();
const entries = names.map((name) => `  ${JSON.stringify(compile(name))},\n`).join("");
const source = `// Made by scripts/profiles.mjs out of *.yaml; never edited.
import type { Data } from "../document.js";

export interface CompiledProfile {
  readonly name: string;
  readonly summary: string;
  readonly digest: string;
  readonly text: string;
  readonly value: Data;
  readonly places: readonly (readonly [path: string, line: number, column: number])[];
}

export const COMPILED: readonly CompiledProfile[] = [
${entries}];
`;

let before;
try {
  before = readFileSync(output, "utf8");
} catch {
  before = undefined;
}
if (before !== source) writeFileSync(output, source);
