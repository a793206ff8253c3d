// Runs the checks and tests: types, lint, unit tests (with the architecture test), system tests, and those that need the guest of test/vm.
// `unit`, `system` or `vm` runs only those; --update-golden rewrites the golden files. Skipped tests are listed at the end, and fail the run when CI is set: a test that didn't
// run has proved nothing.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { missing } from "./guest.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const words = process.argv.slice(2);
const kinds = ["unit", "system", "vm"];
const known = [...kinds, "--update-golden"];
const unknown = words.find((word) => !known.includes(word));
if (unknown !== undefined) {
  console.error(`test: there is no "${unknown}"; known are ${known.join(", ")}`);
  process.exit(2);
}
const updateGolden = words.includes("--update-golden");
const all = !kinds.some((kind) => words.includes(kind));

const LIMITS = {
  unit: { concurrency: 2, timeoutMs: 120_000 },
  system: { concurrency: 2, timeoutMs: 300_000 },
};

const failures = [];
const skips = [];

step("types", ["node_modules/.bin/tsc", "-p", "tsconfig.json"]);
if (all) step("lint", ["node_modules/.bin/biome", "check", "--error-on-warnings", "."]);
for (const kind of kinds) if (failures.length === 0 && (all || words.includes(kind))) tests(kind);

for (const skip of skips) console.log(`skipped: ${skip}`);
if (process.env.CI === "true" && skips.length > 0) failures.push(`${skips.length} skipped tests (none may be in CI)`);
if (failures.length > 0) {
  console.error(`test: failed: ${failures.join(", ")}`);
  process.exit(1);
}
console.log("test: all passed");

function step(name, [program, ...args]) {
  console.log(`== ${name}`);
  const { status } = spawnSync(join(root, program), args, { cwd: root, stdio: "inherit" });
  if (status !== 0) failures.push(name);
}

/** Compiled tests whose source is still there: tsc leaves the output of deleted files behind. */
function testFiles() {
  const build = join(root, "build");
  const files = ["src", "test"].flatMap((folder) =>
    existsSync(join(build, folder))
      ? readdirSync(join(build, folder), { recursive: true }).map((name) => join(folder, name))
      : [],
  );
  return files
    .filter((file) => file.endsWith(".test.js") && existsSync(join(root, file.replace(/\.js$/, ".ts"))))
    .sort();
}

function kindOf(file) {
  if (file.startsWith("test/vm/")) return "vm";
  return /^test\/(?:system|conformance|chaos|confinement)\//.test(file) ? "system" : "unit";
}

function tests(kind) {
  const files = testFiles().filter((file) => kindOf(file) === kind);
  console.log(`== ${kind} tests (${files.length} files)`);
  if (files.length === 0) {
    failures.push(`${kind}: there are no tests`);
    return;
  }
  const lacking = kind === "vm" ? missing() : [];
  if (lacking.length > 0) {
    skips.push(`${kind}: all of them (the guest needs ${lacking.join(", ")})`);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "cordon-test-"));
  const tap = join(folder, "tap");
  const args = kind === "vm" ? ["scripts/vm.mjs", "--tap", tap] : runnerArgs(kind, files, tap);
  const env = { ...process.env, ...(updateGolden ? { UPDATE_GOLDEN: "1" } : {}) };
  const { status } = spawnSync(process.execPath, args, { cwd: root, env, stdio: "inherit" });
  if (status !== 0) failures.push(`${kind} tests`);
  if (existsSync(tap)) skips.push(...skipsOf(readFileSync(tap, "utf8"), kind));
  rmSync(folder, { recursive: true, force: true });
}

function runnerArgs(kind, files, tap) {
  const { concurrency, timeoutMs } = LIMITS[kind];
  return [
    "--test",
    `--test-concurrency=${concurrency}`,
    `--test-timeout=${timeoutMs}`,
    "--test-reporter=spec",
    "--test-reporter-destination=stdout",
    "--test-reporter=tap",
    `--test-reporter-destination=${tap}`,
    ...files.map((file) => join("build", file)),
  ];
}

/** `ok 3 - name # SKIP reason`, at any depth. */
function skipsOf(tap, kind) {
  return [...tap.matchAll(/^\s*(?:not )?ok \d+ - (.*?) # (?:SKIP|TODO)\b ?(.*)$/gm)].map(
    ([, name, reason]) => `${kind}: ${name}${reason === "" ? "" : ` (${reason})`}`,
  );
}
