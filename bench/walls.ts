// What Cordon adds to the walls of other programs: each by the library, against the very command line that it is given, with `true` in the place
// of cordon-init. As an ordinary user.
// node build/bench/walls.js [--rounds N] [--json]
import { closeSync, mkdirSync, mkdtempSync, openSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { wallOf } from "../src/backends/common/launch.js";
import { loadBackend } from "../src/backends/registry.js";
import { probeHost } from "../src/host/facts.js";
import { WALLS } from "../src/host/walls.js";
import { load, resolve, run } from "../src/index.js";
import type { Artifact, Plan } from "../src/plan/types.js";
import { assembleOn } from "../src/run/prepare.js";
import { exec } from "./programs.js";
import { type Case, type Skipped, table, time, timingRows } from "./samples.js";

const TARGET_MS = 15;
/** Descriptors of cordon-init's that the program wouldn't find. */
const OURS = /^--keep-fd=/;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { rounds: { type: "string", default: "30" }, json: { type: "boolean", default: false } },
  });
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "cordon-bench-")));
  try {
    const names = ["native", ...WALLS.map(([name]) => name)] as const;
    const made = (await Promise.all(names.map((name) => casesOf(name, folder)))).flat();
    const cases = made.filter((each): each is Case => "once" in each);
    const timings = await time(cases, Number(values.rounds));
    const added = WALLS.flatMap(([name]) => {
      const [alone, within] = [bareName(name), libraryName(name)].map((each) =>
        timings.find((timing) => timing.name === each),
      );
      if (alone === undefined || within === undefined) return [];
      return [{ name, medianMs: within.medianMs - alone.medianMs, minMs: within.minMs - alone.minMs }];
    });
    const skipped = made.filter((each): each is Skipped => "skipped" in each);
    if (values.json) console.log(JSON.stringify({ timings, added, skipped }, null, 2));
    else console.log([table(timingRows(timings)), table(addedRows(added)), ...skipped.map(skippedLine)].join("\n\n"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const bareName = (name: string) => `${name} alone, true inside`;
const libraryName = (name: string) => `library, ${name}`;
const skippedLine = ({ name, skipped }: Skipped) => `skipped: ${name}: ${skipped}`;

function addedRows(added: readonly { readonly name: string; readonly medianMs: number; readonly minMs: number }[]) {
  const rows = added.map(({ name, medianMs, minMs }) => {
    const verdict = medianMs <= TARGET_MS ? `<= ${TARGET_MS} ms: met` : `<= ${TARGET_MS} ms: NOT MET`;
    return [name, medianMs.toFixed(1), minMs.toFixed(1), verdict];
  });
  return [["added, ms", "by medians", "by minima", "target"], ...rows];
}

async function casesOf(
  name: "native" | (typeof WALLS)[number][0],
  folder: string,
): Promise<readonly (Case | Skipped)[]> {
  const workspace = join(folder, name);
  mkdirSync(workspace);
  const policy = await load({ cwd: workspace, set: { backend: name } });
  const plan = await resolve(policy, { command: ["true"], cwd: workspace });
  const facts = await probeHost({ env: process.env });
  const artifact = await assembleOn(await loadBackend(name), plan, { facts, env: process.env });
  if (artifact.obstacle !== undefined) return [{ name, skipped: artifact.obstacle.reason }];
  // A program that meets cordon-init at a socket of the run's can't be started without a run.
  if (name === "native" || artifact.main.ops.some(({ op }) => op === "wall-meet"))
    return [{ name: libraryName(name), once: () => launch(plan) }];
  return [
    { name: bareName(name), once: () => alone(artifact, folder) },
    { name: libraryName(name), once: () => launch(plan) },
  ];
}

async function launch(plan: Plan): Promise<void> {
  const sandbox = await run(plan, { stdio: "ignore" });
  const { code, message } = await sandbox.exit;
  if (code !== 0) throw new Error(`the sandbox ended with ${code}: ${message ?? ""}`);
}

async function alone(artifact: Artifact, folder: string): Promise<void> {
  const argv = [...wallOf(artifact).slice(0, -2), "true"].filter((word) => !OURS.test(word));
  const fds = artifact.main.ops.flatMap(({ op, fields: [number, content] }) => {
    if (op !== "wall-file" || !(content instanceof Uint8Array)) return [];
    const file = join(folder, `file-${number}`);
    writeFileSync(file, content);
    return [openSync(file, "r")];
  });
  try {
    await exec(argv, { stdio: [...Array.from({ length: 10 }, () => "ignore" as const), ...fds] });
  } finally {
    for (const fd of fds) closeSync(fd);
  }
}

await main();
