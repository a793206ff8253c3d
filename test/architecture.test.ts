// The rules of DESIGN "The house" and of CONVENTIONS, as data, held against every file of src/. A rule is changed by an ADR, never by
// an exception here that nobody explained.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

/** Imports go to lower numbers only, never sideways. */
const LAYERS: Readonly<Record<string, number>> = {
  core: 0,
  events: 1,
  policy: 1,
  host: 1,
  plan: 2,
  confinement: 3,
  egress: 3,
  secrets: 3,
  approvals: 3,
  audit: 3,
  workspace: 3,
  images: 3,
  gui: 3,
  backends: 4,
  run: 5,
  breakout: 6,
  learn: 6,
  observe: 6,
  rules: 6,
  console: 6,
  mcp: 6,
  cli: 7,
};

/** Types that every layer may speak in. */
const SHARED = ["src/events/types.ts", "src/plan/types.ts"];

/** Folders whose files decide and never act. */
const PURE = ["src/policy/", "src/plan/", "src/confinement/", "src/backends/", "src/egress/decide/"];
const IMPURE_FILES = ["src/policy/load.ts", "src/policy/trust.ts"];
const IMPURE_MODULES =
  /^node:(?:fs|fs\/promises|child_process|net|tls|dgram|dns|http|https|http2|os|process|worker_threads|inspector|timers.*)$/;
/** `process.env.set` and `.pass` are a policy's own words. */
const IMPURE_WORDS: Readonly<Record<string, RegExp>> = {
  "the process": /(?<![.\w])process\.(?:env(?!\??\.(?:set|pass)\b)|cwd|exit|argv|pid|geteuid|getuid|hrtime|on|kill)\b/,
  "the clock": /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(/,
  randomness: /\bMath\.random\(|\brandom(?:Bytes|UUID|Int)\(/,
};

const MAX_LINES = 300;

const root = checkout();
const files = readdirSync(posix.join(root, "src"), { recursive: true })
  .map((name) => `src/${String(name)}`)
  .filter((name) => name.endsWith(".ts"))
  .toSorted();
const sources = files.filter((file) => !isTest(file));

test("there are sources to look at", () => {
  assert.ok(sources.length > 50);
});

test("imports go to lower layers only", () => {
  assert.deepEqual(
    problems(sources, (file) => importsOf(file).flatMap((target) => layerProblem(file, target))),
    [],
  );
});

test("a backend never imports a backend", () => {
  // `common` is what they share; it must know none of them.
  const backendOf = (file: string) => /^src\/backends\/([^/]+)\//.exec(file)?.[1];
  const sideways = (file: string) =>
    importsOf(file).filter(
      (target) => backendOf(file) !== undefined && ![undefined, "common", backendOf(file)].includes(backendOf(target)),
    );
  assert.deepEqual(problems(sources, sideways), []);
});

test("pure folders neither act nor read the process, the clock or randomness", () => {
  const pure = sources.filter((file) => PURE.some((folder) => file.startsWith(folder)) && !IMPURE_FILES.includes(file));
  const impure = (file: string) => {
    const code = codeOf(file);
    const modules = modulesOf(file).filter((name) => IMPURE_MODULES.test(name));
    return [
      ...modules,
      ...Object.entries(IMPURE_WORDS).flatMap(([what, pattern]) => (pattern.test(code) ? [what] : [])),
    ];
  };
  assert.deepEqual(problems(pure, impure), []);
});

test("only cli/main exits", () => {
  assert.deepEqual(
    problems(sources, (file) =>
      /\bprocess\.exit\(/.test(codeOf(file)) && file !== "src/cli/main.ts" ? ["process.exit"] : [],
    ),
    [],
  );
});

test("the environment is read by the command line, the host probes and the library's entry only", () => {
  const allowed = (file: string) =>
    file.startsWith("src/cli/") || file.startsWith("src/host/") || file === "src/index.ts";
  assert.deepEqual(
    problems(sources, (file) =>
      /(?<![.\w])process\.env\b(?!\??\.(?:set|pass)\b)/.test(codeOf(file)) && !allowed(file) ? ["process.env"] : [],
    ),
    [],
  );
});

test("no module has state that changes", () => {
  assert.deepEqual(
    problems(sources, (file) => (/^(?:export )?(?:let|var) /m.test(codeOf(file)) ? ["let"] : [])),
    [],
  );
});

test("no file exports a default or is a barrel", () => {
  const barrel = (file: string) => {
    const code = codeOf(file);
    const lines = code.split("\n").filter((line) => line.trim() !== "");
    const isBarrel =
      file !== "src/index.ts" && lines.length > 0 && lines.every((line) => /^export .* from /.test(line));
    return [
      ...(/^export default/m.test(code) ? ["a default export"] : []),
      ...(/^export \* from/m.test(code) || isBarrel ? ["re-exports"] : []),
    ];
  };
  assert.deepEqual(problems(sources, barrel), []);
});

test("every file begins by saying what it is", () => {
  assert.deepEqual(
    problems(sources, (file) => (/^(?:\/\/ \S|\/\*\*)/.test(textOf(file)) ? [] : ["no comment at its top"])),
    [],
  );
});

test(`no file is longer than ${MAX_LINES} lines`, () => {
  const tooLong = (file: string) => {
    const lines = textOf(file).split("\n").length - 1;
    return lines > MAX_LINES && !file.endsWith(".generated.ts") ? [`${lines} lines`] : [];
  };
  assert.deepEqual(problems(files, tooLong), []);
});

test("every import ends in .js, and nothing is required", () => {
  const bad = (file: string) => [
    ...modulesOf(file).filter((name) => name.startsWith(".") && !/\.(?:js|json)$/.test(name)),
    ...(/\brequire\(/.test(codeOf(file)) ? ["require"] : []),
  ];
  assert.deepEqual(problems(sources, bad), []);
});

function layerProblem(file: string, target: string): readonly string[] {
  if (SHARED.includes(target) || target === "package.json") return [];
  const [from, to] = [folderOf(file), folderOf(target)];
  if (from === to || file === "src/index.ts")
    return to === "cli" && from !== "cli" ? [`imports the command line: ${target}`] : [];
  const [lower, higher] = [LAYERS[to], LAYERS[from]];
  if (lower === undefined || higher === undefined)
    return [`a folder without a layer: ${lower === undefined ? target : file}`];
  return lower < higher ? [] : [`${from} (${higher}) imports ${target} (${lower})`];
}

function folderOf(file: string): string {
  return /^src\/([^/]+)\//.exec(file)?.[1] ?? "index";
}

function importsOf(file: string): readonly string[] {
  return modulesOf(file)
    .filter((name) => name.startsWith("."))
    .map((name) => posix.join(posix.dirname(file), name).replace(/\.js$/, ".ts"));
}

/** Static, dynamic and type-only imports, and re-exports. */
function modulesOf(file: string): readonly string[] {
  const patterns = [
    /(?:^|\n)\s*(?:import|export)\b[^;"']*?\bfrom\s*"([^"]+)"/g,
    /(?:^|\n)\s*import\s*"([^"]+)"/g,
    /\bimport\(\s*"([^"]+)"\s*\)/g,
  ];
  return patterns.flatMap((pattern) =>
    [...textOf(file).matchAll(pattern)].flatMap(([, name]) => (name === undefined ? [] : [name])),
  );
}

function problems(list: readonly string[], find: (file: string) => readonly string[]): readonly string[] {
  return list.flatMap((file) => find(file).map((problem) => `${file}: ${problem}`));
}

/** The text without comments and the words of strings, roughly: enough that a mention isn't taken for a use. */
function codeOf(file: string): string {
  return textOf(file)
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/(^|\s)\/\/.*$/gm, "$1")
    .replace(/"(?:[^"\\\n]|\\.)*"/g, '""')
    .replace(/'(?:[^'\\\n]|\\.)*'/g, "''")
    .replace(
      /`(?:[^`\\]|\\.)*`/g,
      (template) => `\`${[...template.matchAll(/\$\{([^}]*)\}/g)].map(([, code]) => code).join(" ")}\``,
    );
}

function textOf(file: string): string {
  return readFileSync(posix.join(root, file), "utf8");
}

function isTest(file: string): boolean {
  return file.endsWith(".test.ts") || file.endsWith("/fixture.ts");
}

/** Tests run compiled, from a folder below the checkout. */
function checkout(): string {
  for (let folder = posix.dirname(fileURLToPath(import.meta.url)); folder !== "/"; folder = posix.dirname(folder)) {
    if (existsSync(posix.join(folder, "native", "PROTOCOL.md"))) return folder;
  }
  throw new Error("the test doesn't run inside of a checkout");
}
