// npm run fuzz -- NAME SECONDS: one fuzzer, or all of them one after the other. Ends with an error on a finding and says how to
// see it again. C parsers run under libFuzzer with ASan and UBSan, the rest under fast-check on the compiled sources.
import { spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(fileURLToPath(new URL(".", import.meta.url)), "..");
const native = join(root, "native");
const out = join(native, "out", "fuzz");
const FLAGS =
  "-std=gnu11 -Wall -Wextra -Werror -Wno-missing-field-initializers -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all";

/** The C files that each target is made of, besides fuzz_NAME.c. */
const IN_C = { ops: ["ops.c", "names.c", "report.c"], gitconfig: ["gitconfig.c"], names: ["names.c"] };
const folder = join(root, "build", "test", "fuzz");
const IN_NODE = [
  "policy",
  "control-lines",
  "control",
  "seccomp",
  "client-hello",
  "http",
  "hosts",
  "dns",
  "socks",
  "filter",
  "audit",
];

function fail(message) {
  console.error(message);
  process.exit(1);
}

function buildC(name) {
  mkdirSync(join(out, name), { recursive: true });
  const binary = join(out, `fuzz_${name}`);
  const sources = [`fuzz_${name}.c`, ...IN_C[name]].map((file) => join(native, file));
  const built = spawnSync("clang", [...FLAGS.split(" "), "-o", binary, ...sources], { stdio: "inherit" });
  if (built.error !== undefined)
    fail("clang was not found. Install it, for example: apt-get install clang libclang-rt-dev");
  if (built.status !== 0) fail(`the fuzzer ${name} doesn't compile`);
  return binary;
}

function runC(name, seconds) {
  const binary = buildC(name);
  const artifacts = join(out, `${name}-`);
  const options = [
    `-max_total_time=${seconds}`,
    `-artifact_prefix=${artifacts}`,
    "-timeout=20",
    "-max_len=4096",
    "-verbosity=0",
    "-print_final_stats=1",
  ];
  const args = [...options, join(out, name), join(root, "test", "fuzz", name)];
  const run = spawnSync(binary, args, { stdio: "inherit", timeout: (seconds + 120) * 1000 });
  if (run.status === 0) return true;
  const findings = readdirSync(out).filter((file) => file.startsWith(`${name}-`));
  console.error(
    `finding in ${name}. To see it again: ${binary} FILE, with one of ${findings.map((file) => join(out, file)).join(" ")}`,
  );
  return false;
}

function runNode(name, seconds, seed) {
  const file = join(folder, `${name}.js`);
  if (!existsSync(file)) fail("nothing is compiled yet: npm run build:ts");
  const run = spawnSync(process.execPath, [file, String(seconds), String(seed)], {
    stdio: "inherit",
    timeout: (seconds + 120) * 1000,
  });
  if (run.status === 0) return true;
  console.error(`finding in ${name}. To see it again: npm run fuzz -- ${name} ${seconds} ${seed}`);
  return false;
}

const [name = "", time = "20", seedText] = process.argv.slice(2);
const names = [...Object.keys(IN_C), ...IN_NODE];
const seconds = Number(time);
const seed = seedText === undefined ? randomInt(2 ** 31) : Number(seedText);
if (!(name === "all" || names.includes(name)) || !(seconds > 0) || !Number.isInteger(seed)) {
  fail(`usage: npm run fuzz -- NAME|all SECONDS [SEED]\nNAME: ${names.join(", ")}`);
}

const failed = [];
for (const each of name === "all" ? names : [name]) {
  console.log(`fuzz ${each}: ${seconds} s, seed ${seed}`);
  if (!(each in IN_C ? runC(each, seconds) : runNode(each, seconds, seed))) failed.push(each);
}
if (failed.length > 0) fail(`findings: ${failed.join(", ")}`);
console.log("no finding");
