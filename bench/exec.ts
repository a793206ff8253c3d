// What the record of programs costs: a configure-like shell script and `npm ci`, with and without it, in turns.
// node build/bench/exec.js [--rounds N] [--json] [--only WORD,WORD]
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { load, type Plan, resolve, run } from "../src/index.js";
import { exec } from "./programs.js";
import { type Case, ratio, ratioRows, table, time, timingRows } from "./samples.js";

const PLACE = "/var/tmp";
const PACKAGES = 150;
const FILES_PER_PACKAGE = 20;

/** As a configure script does: many small programs, a compiler now and then. About 2,000 programs. */
const CONFIGURE = `
i=0
while [ $i -lt 100 ]; do
  i=$(expr $i + 1)
  echo "checking for feature $i"
  cat > conftest.c <<EOF
int feature_$i(void) { return $i; }
EOF
  grep -q "feature_$i" conftest.c || exit 1
  sed -e "s/feature/checked/" conftest.c > conftest2.c
  name=$(echo "feature_$i" | tr 'a-z_' 'A-Z-' | sed 's/-/_/g')
  value=$(sh -c "echo $i")
  test "$(expr "x$value" : 'x\\(.*\\)')" = "$i" || exit 1
  dirname /usr/lib/feature/$i > /dev/null
  cat conftest.c conftest2.c > conftest3.c
  cmp -s conftest.c conftest2.c && exit 1
  rm -f conftest2.c conftest3.c
  echo "#define $name $value" >> config.h
  if [ $(expr $i % 5) = 0 ]; then gcc -c conftest.c -o conftest.o || exit 1; fi
done
`;

const JOBS: Readonly<Record<string, readonly string[]>> = {
  configure: ["sh", "-c", CONFIGURE],
  "npm ci": ["npm", "ci", "--offline", "--no-audit", "--no-fund", "--loglevel=error"],
};

/** A package with many dependencies, each a file beside it. */
async function makePackage(folder: string): Promise<void> {
  const files = join(folder, "tarballs");
  mkdirSync(files);
  const entries: Record<string, unknown> = {};
  const dependencies: Record<string, string> = {};
  for (let index = 0; index < PACKAGES; index++) {
    const name = `bench-package-${index}`;
    const resolved = `file:tarballs/${name}.tgz`;
    const tarball = await makeTarball(files, name);
    const integrity = `sha512-${createHash("sha512").update(readFileSync(tarball)).digest("base64")}`;
    entries[`node_modules/${name}`] = { version: "1.0.0", resolved, integrity };
    dependencies[name] = resolved;
  }
  const root = { name: "bench", version: "1.0.0", dependencies };
  writeFileSync(join(folder, "package.json"), JSON.stringify(root));
  const lock = { name: "bench", version: "1.0.0", lockfileVersion: 3, packages: { "": root, ...entries } };
  writeFileSync(join(folder, "package-lock.json"), JSON.stringify(lock));
}

async function makeTarball(folder: string, name: string): Promise<string> {
  const content = join(folder, "package");
  mkdirSync(content);
  writeFileSync(join(content, "package.json"), JSON.stringify({ name, version: "1.0.0" }));
  for (let index = 0; index < FILES_PER_PACKAGE; index++)
    writeFileSync(join(content, `module-${index}.js`), `export const value = "${"x".repeat(500 + index * 100)}";\n`);
  const tarball = join(folder, `${name}.tgz`);
  await exec(["tar", "-czf", tarball, "-C", folder, "package"]);
  rmSync(content, { recursive: true });
  return tarball;
}

async function casesOf(name: string, command: readonly string[], workspace: string): Promise<readonly Case[]> {
  const policy = await load({ cwd: workspace, set: { "workspace.path": workspace } });
  const recorded = await resolve(policy, { command, cwd: workspace });
  const plans: Readonly<Record<string, Plan>> = { recorded, "not recorded": withoutRecord(recorded) };
  const after = () => {
    for (const made of ["node_modules", "config.h", "conftest.c", "conftest.o"])
      rmSync(join(workspace, made), { recursive: true, force: true });
  };
  return Object.entries(plans).map(([how, plan]) => ({
    name: `${name}, ${how}`,
    once: async () => {
      const sandbox = await run(plan, { stdio: ["ignore", "ignore", "inherit"] });
      const { code, message } = await sandbox.exit;
      if (code !== 0) throw new Error(`${name} ended with ${code}: ${message ?? ""}`);
    },
    after,
  }));
}

function withoutRecord(plan: Plan): Plan {
  const controls = plan.controls.filter((control) => control !== "process.recorded");
  return { ...plan, record: { exec: false }, controls };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "15" },
      json: { type: "boolean", default: false },
      only: { type: "string" },
    },
  });
  const only = values.only?.split(",");
  const folder = realpathSync(mkdtempSync(join(PLACE, "cordon-bench-")));
  try {
    const jobs = Object.entries(JOBS).filter(([name]) => only?.some((word) => name.includes(word)) ?? true);
    await makePackage(folder);
    const cases = await Promise.all(jobs.map(([name, command]) => casesOf(name, command, folder)));
    const timings = await time(cases.flat(), Number(values.rounds), 1);
    const ratios = jobs.flatMap(([name]) => {
      const wanted = { name, of: `${name}, recorded`, to: `${name}, not recorded`, atMost: 1.05 };
      return ratio(timings, wanted) ?? [];
    });
    if (values.json) console.log(JSON.stringify({ timings, ratios }));
    else console.log(`${table(timingRows(timings))}\n\n${table(ratioRows(ratios))}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
