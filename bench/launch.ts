// How long it takes to start `true` and see its end: bare, by the library, by the command line, and by other sandboxes.
// npm run bench [-- --rounds N] [--json] [--only WORD,WORD]
import { closeSync, mkdirSync, mkdtempSync, openSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { native } from "../src/backends/native/backend.js";
import { probeHost } from "../src/host/facts.js";
import { load, resolve, run } from "../src/index.js";
import type { Plan } from "../src/plan/types.js";
import { bubblewrapArgv, FILTER_FD } from "./bubblewrap.js";
import { firejail, podman, sandboxRuntime } from "./others.js";
import { exec, failure, onPath } from "./programs.js";
import { type Case, type Ratio, ratio, ratioRows, type Skipped, table, time, timingRows } from "./samples.js";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const CLI = join(ROOT, "dist", "cordon.cjs");

const NAMES = {
  spawn: "fork + exec",
  library: "library, resident process",
  bwrap: "bwrap, same tree and filter",
  node: "node -e 0",
  cli: "cordon run -- true",
  cliPolicy: "cordon run -p FILE -- true",
} as const;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "30" },
      json: { type: "boolean", default: false },
      only: { type: "string" },
    },
  });
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "cordon-bench-")));
  try {
    const all = await launchers(folder, values.only?.split(","));
    const cases = all.filter((each): each is Case => "once" in each);
    const skipped = all.filter((each): each is Skipped => "skipped" in each);
    const timings = await time(cases, Number(values.rounds));
    const ratios: readonly (Ratio | undefined)[] = [
      ratio(timings, { name: "library / bwrap", of: NAMES.library, to: NAMES.bwrap, atMost: 0.8 }),
      ratio(timings, { name: "cordon run / bare node", of: NAMES.cli, to: NAMES.node, atMost: 1.6 }),
      ratio(timings, { name: "cordon run -p / bare node", of: NAMES.cliPolicy, to: NAMES.node }),
    ];
    const told = ratios.filter((each) => each !== undefined);
    if (values.json) console.log(JSON.stringify({ uid: process.getuid?.(), timings, ratios: told, skipped }, null, 2));
    else
      print([
        table(timingRows(timings, NAMES.spawn)),
        table(ratioRows(told)),
        ...skipped.map((each) => `skipped: ${each.name}: ${each.skipped}`),
      ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function print(parts: readonly string[]): void {
  console.log(parts.join("\n\n"));
}

/** All cases, or those whose names have one of the words. */
async function launchers(folder: string, only: readonly string[] | undefined): Promise<readonly (Case | Skipped)[]> {
  const workspace = join(folder, "workspace");
  mkdirSync(workspace);
  const plan = await resolve(await load({ cwd: workspace }), { command: ["true"], cwd: workspace });
  const policy = join(folder, "policy.yaml");
  writeFileSync(policy, "version: 1\nfilesystem: { deny: ['**/.env'] }\n");
  const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "cordon-bench");
  const cordon = (name: string, ...options: string[]): Case | Skipped => {
    const argv = [CLI, "run", ...options, "--", "true"];
    const problem = failure(argv, { cwd: workspace });
    if (problem === undefined) return { name, once: () => exec(argv, { cwd: workspace }) };
    process.exitCode = 1;
    return { name, skipped: `FAILED: ${problem}` };
  };
  const made: Readonly<Record<string, () => Promise<Case | Skipped> | Case | Skipped>> = {
    [NAMES.spawn]: () => ({ name: NAMES.spawn, once: () => exec(["true"]) }),
    [NAMES.library]: () => ({ name: NAMES.library, once: () => launch(plan) }),
    [NAMES.bwrap]: () => bubblewrap(plan, folder),
    "firejail ": firejail,
    "podman ": podman,
    "srt ": () => sandboxRuntime(cache),
    [NAMES.node]: () => ({ name: NAMES.node, once: () => exec([process.execPath, "-e", "0"]) }),
    [NAMES.cli]: () => cordon(NAMES.cli),
    [NAMES.cliPolicy]: () => cordon(NAMES.cliPolicy, "-p", policy),
  };
  const wanted = Object.entries(made).filter(
    ([name]) => only === undefined || only.some((word) => name.includes(word)),
  );
  return Promise.all(wanted.map(([, make]) => make()));
}

async function launch(plan: Plan): Promise<void> {
  const sandbox = await run(plan, { stdio: "ignore" });
  const { code, message } = await sandbox.exit;
  if (code !== 0) throw new Error(`the sandbox ended with ${code}: ${message ?? ""}`);
}

async function bubblewrap(plan: Plan, folder: string): Promise<Case | Skipped> {
  const name = NAMES.bwrap;
  if (onPath("bwrap") === undefined) return { name, skipped: "not installed" };
  const filter = join(folder, "filter.bpf");
  writeFileSync(filter, await filterOf(plan));
  const argv = bubblewrapArgv(plan, folder);
  const once = async () => {
    // Read to its end by each start, so opened anew.
    const fd = openSync(filter, "r");
    try {
      await exec(argv, { stdio: ["ignore", "ignore", "ignore", fd] });
    } finally {
      closeSync(fd);
    }
  };
  try {
    await once();
    return { name, once };
  } catch {
    const said = failure(["sh", "-c", `exec "$@" ${FILTER_FD}<"$0"`, filter, ...argv]);
    return { name, skipped: said ?? "it failed once and then worked" };
  }
}

/** The bytes that cordon-init loads when programs aren't recorded: nobody would answer what bubblewrap's command asks. */
async function filterOf(plan: Plan): Promise<Uint8Array> {
  const { main } = native.assemble({ ...plan, record: { exec: false } }, await probeHost({ env: process.env }));
  const program = main.ops.find(({ op }) => op === "seccomp")?.fields[0];
  if (!(program instanceof Uint8Array)) throw new Error("the plan has no filter");
  return program;
}

await main();
