// Runs tests in the guest (see scripts/guest.mjs and docs/vm.md), or gives a shell there:
//   node scripts/vm.mjs [--tap FILE] [--only PATTERN] [FILE.js…]     compiled tests; without files, all that are meant for the guest
//   node scripts/vm.mjs --shell
import { readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { boot, missing } from "./guest.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const TEST_TIMEOUT_MS = 10 * 60_000;
const ALL_TIMEOUT_MS = 15 * 60_000;
const SHELL_TIMEOUT_MS = 24 * 3_600_000;

const { values, positionals } = parseArgs({
  options: { tap: { type: "string" }, only: { type: "string" }, shell: { type: "boolean", default: false } },
  allowPositionals: true,
});

const lacking = missing();
if (lacking.length > 0) {
  console.error(`vm: the guest needs ${lacking.join(", ")}`);
  process.exit(1);
}
try {
  process.exitCode = await (values.shell ? shell() : tests());
} catch (cause) {
  console.error(`vm: ${cause.message}`);
  process.exitCode = 1;
}

async function tests() {
  const files = positionals.length > 0 ? positionals : guestTests();
  const job = [
    "tests",
    "--test-concurrency=2",
    `--test-timeout=${TEST_TIMEOUT_MS}`,
    ...(values.only === undefined ? [] : [`--test-name-pattern=${values.only}`]),
    ...files,
  ];
  const { status, tap } = await boot({ job, timeoutMs: ALL_TIMEOUT_MS });
  if (values.tap !== undefined) writeFileSync(values.tap, tap);
  return status;
}

async function shell() {
  const job = ["shell", String(process.stdout.rows ?? 24), String(process.stdout.columns ?? 80)];
  return (await boot({ job, timeoutMs: SHELL_TIMEOUT_MS, interactive: true })).status;
}

function guestTests() {
  const own = readdirSync(join(root, "test/vm")).filter((name) => name.endsWith(".test.ts"));
  return own.map((name) => `build/test/vm/${name.replace(/\.ts$/, ".js")}`);
}
