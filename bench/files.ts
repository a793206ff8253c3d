// What the guard costs programs that make many files: the same commands outside and inside, on disk and on tmpfs, in turns.
// node build/bench/files.js [--rounds N] [--files N] [--json] [--only WORD,WORD]
import { spawnSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { load, resolve, run } from "../src/index.js";
import { exec } from "./programs.js";
import { type Case, ratio, ratioRows, table, time, timingRows } from "./samples.js";
import { makeTrees, type Trees } from "./trees.js";

const AT_MOST = 1.25;
const DISK = "/var/tmp";
/** Where a tmpfs of our own is mounted, in a mount namespace of our own; says that it has been. */
const TMPFS = { folder: "/mnt", variable: "CORDON_BENCH_TMPFS" } as const;

type Jobs = Readonly<Record<string, readonly string[]>>;

/** Run in a fresh workspace; all write to the folder `out`. */
function jobsOf({ archive, repository, packages }: Trees): Jobs {
  return {
    "tar x": ["sh", "-c", 'mkdir out && exec tar -xf "$0" -C out', archive],
    "git clone": ["git", "clone", "-q", "--no-hardlinks", repository, "out"],
    "copy of installed packages": ["cp", "-r", packages, "out"],
  };
}

async function casesOf(workspace: string, jobs: Jobs, reads: readonly string[]): Promise<readonly Case[]> {
  const policy = await load({
    cwd: workspace,
    set: { "workspace.path": workspace, "filesystem.read": reads },
  });
  const after = () => rmSync(join(workspace, "out"), { recursive: true, force: true });
  const cases = Object.entries(jobs).map(async ([name, command]) => {
    const plan = await resolve(policy, { command, cwd: workspace });
    const inside = async () => {
      const sandbox = await run(plan, { stdio: ["ignore", "ignore", "inherit"] });
      const { code, message } = await sandbox.exit;
      if (code !== 0) throw new Error(`${name} inside ended with ${code}: ${message ?? ""}`);
    };
    return [
      { name: `${name}, outside`, once: () => exec(command, { cwd: workspace }), after },
      { name: `${name}, inside`, once: inside, after },
    ];
  });
  return (await Promise.all(cases)).flat();
}

async function measure(
  place: string,
  options: { readonly rounds: number; readonly files: number; readonly only: readonly string[] | undefined },
) {
  const folder = realpathSync(mkdtempSync(join(place, "cordon-bench-")));
  try {
    const trees = await makeTrees(mkdtempSync(join(folder, "trees-")), options.files);
    const all = jobsOf(trees);
    const jobs = Object.fromEntries(
      Object.entries(all).filter(([name]) => options.only?.some((word) => name.includes(word)) ?? true),
    );
    const cases = await casesOf(mkdtempSync(join(folder, "workspace-")), jobs, Object.values(trees));
    const timings = await time(cases, options.rounds, 1);
    const wanted = Object.keys(jobs).map((name) => ({
      name,
      of: `${name}, inside`,
      to: `${name}, outside`,
      atMost: AT_MOST,
    }));
    return { timings, ratios: wanted.map((each) => ratio(timings, each)).filter((each) => each !== undefined) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Once more on a tmpfs of our own: a workspace can't be in /dev/shm, and what else is a tmpfs depends on the machine. */
function onTmpfs(): void {
  const namespaces = process.getuid?.() === 0 ? ["-m"] : ["-Um", "--map-current-user", "--keep-caps"];
  const script = `mount -t tmpfs tmpfs ${TMPFS.folder} || exit 99; exec setpriv --ambient-caps=-all --inh-caps=-all "$@"`;
  const command = [...namespaces, "sh", "-c", script, "sh", process.execPath, ...process.argv.slice(1)];
  const { status } = spawnSync("unshare", command, {
    stdio: "inherit",
    env: { ...process.env, [TMPFS.variable]: "1" },
  });
  if (status === null || status === 99 || status === 127) console.error("skipped: tmpfs: none could be mounted");
  else process.exitCode = status;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "5" },
      files: { type: "string", default: "20000" },
      json: { type: "boolean", default: false },
      only: { type: "string" },
    },
  });
  const mounted = process.env[TMPFS.variable] !== undefined;
  const [place, folder] = mounted ? ["tmpfs", TMPFS.folder] : ["disk", DISK];
  const options = { rounds: Number(values.rounds), files: Number(values.files), only: values.only?.split(",") };
  const { timings, ratios } = await measure(folder, options);
  if (values.json) console.log(JSON.stringify({ place, files: options.files, timings, ratios }));
  else
    console.log(`${place}, ${options.files} files\n\n${table(timingRows(timings))}\n\n${table(ratioRows(ratios))}\n`);
  if (!mounted) onTmpfs();
}

await main();
