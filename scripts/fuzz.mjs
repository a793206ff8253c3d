// npm run fuzz -- NAME SECONDS: one fuzzer, or all of them, as many at a time as there are processors. Ends with an error on a finding and says how to
// see it again. C parsers run under libFuzzer with ASan and UBSan, the rest under fast-check on the compiled sources.
import { spawn, spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
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

/** Settles with whether it ended well. What it said is shown in one piece, so that fuzzers beside each other can be told apart. */
function run(program, args, seconds) {
  return new Promise((settle) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], timeout: (seconds + 120) * 1000 });
    const said = [];
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => said.push(chunk));
    child.on("error", (error) => said.push(Buffer.from(`${error.message}\n`)));
    child.on("close", (status) => {
      process.stdout.write(Buffer.concat(said));
      settle(status === 0);
    });
  });
}

async function runC(name, seconds) {
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
  if (await run(binary, args, seconds)) return true;
  const findings = readdirSync(out).filter((file) => file.startsWith(`${name}-`));
  console.error(
    `finding in ${name}. To see it again: ${binary} FILE, with one of ${findings.map((file) => join(out, file)).join(" ")}`,
  );
  return false;
}

async function runNode(name, seconds, seed) {
  const file = join(folder, `${name}.js`);
  if (!existsSync(file)) fail("nothing is compiled yet: npm run build:ts");
  if (await run(process.execPath, [file, String(seconds), String(seed)], seconds)) return true;
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
const waiting = name === "all" ? names : [name];

/** Takes one fuzzer after the other from those that wait. */
async function worker() {
  for (let each = waiting.shift(); each !== undefined; each = waiting.shift()) {
    console.log(`fuzz ${each}: ${seconds} s, seed ${seed}`);
    if (!(await (each in IN_C ? runC(each, seconds) : runNode(each, seconds, seed)))) failed.push(each);
  }
}

await Promise.all(Array.from({ length: availableParallelism() }, worker));
if (failed.length > 0) fail(`findings: ${failed.join(", ")}`);
console.log("no finding");
