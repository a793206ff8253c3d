// Bundles the command and the library from src/ into dist/, and copies the type declarations that tsc made into build/ there. It must
// never leave a dependency to be fetched at run time.
//
// The command starts for every run, so its start-up is what is bundled for: one CommonJS file (the ESM loader costs more), the two
// large dependencies in files of their own that a plain run never loads, the usual filters compiled beforehand, and V8's code cache of
// all that a run executes. Another version of Node refuses the cache and compiles as always.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, "dist");
const VENDORS = ["yaml", "zod"];

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node20",
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: "linked",
  logLevel: "warning",
  define: { "process.env.NODE_ENV": '"production"' },
};

/**
 * Starts the bundle with its code cache; without one, or with one of another Node, it is compiled as always.
 *
 * A shell's program and JavaScript at once: Node 20 reads all certificates of $NODE_EXTRA_CA_CERTS before it does anything else, which takes
 * longer than a whole sandbox. So the variable is put aside while Node starts, and is back before any of Cordon runs, which reads
 * that file itself where a policy opens TLS.
 */
const LOADER = `#!/bin/sh
":" //; [ -z "$NODE_EXTRA_CA_CERTS" ] || export CORDON_EXTRA_CA_CERTS="$NODE_EXTRA_CA_CERTS"; unset NODE_EXTRA_CA_CERTS; exec node "$0" "$@"
"use strict";
const { env } = process;
if (env.CORDON_EXTRA_CA_CERTS !== undefined) {
  env.NODE_EXTRA_CA_CERTS ??= env.CORDON_EXTRA_CA_CERTS;
  delete env.CORDON_EXTRA_CA_CERTS;
}
const fs = require("node:fs"), vm = require("node:vm"), { wrap } = require("node:module");
const file = __dirname + "/cordon-main.cjs";
let cachedData;
try {
  cachedData = fs.readFileSync(__dirname + "/cordon-main.cache");
} catch {}
const script = new vm.Script(wrap(fs.readFileSync(file, "latin1")), { filename: file, cachedData });
script.runInThisContext()(exports, require, module, file, __dirname);
module.exports = script;
`;

/** Runs the loader as \`cordon run -- true\` and writes the cache when that exits. */
const CACHE_MAKER = `
const { writeFileSync } = require("node:fs");
const loader = process.argv[1];
process.argv = [process.execPath, loader, "run", "--quiet", "--", "true"];
let script;
const exit = process.exit;
process.exit = (status) => {
  writeFileSync(loader.replace(/cordon\\.cjs$/, "cordon-main.cache"), script.createCachedData());
  exit(status);
};
script = require(loader);
`;

const FILTERS = await compileFilters();

/** Puts the compiled filters in. */
const filters = {
  name: "filters",
  setup(builder) {
    builder.onLoad({ filter: /\/src\/backends\/common\/filters\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      const filled = text.replace("= {};", `= ${JSON.stringify(FILTERS)};`);
      if (filled === text) throw new Error("bundle: filters.ts has no place for the filters");
      return { contents: filled, loader: "ts" };
    });
  },
};

/** Leaves the large dependencies to files beside. */
const vendors = {
  name: "vendors",
  setup(builder) {
    builder.onResolve({ filter: new RegExp(`^(${VENDORS.join("|")})$`) }, ({ path }) => ({
      path: `./vendor-${path}.cjs`,
      external: true,
    }));
  },
};

await mkdir(dist, { recursive: true });
// dist/init is the work of build-init.mjs.
for (const name of await readdir(dist))
  if (name !== "init") await rm(join(dist, name), { recursive: true, force: true });
await bundleLibrary();
await bundleCommand();
await copyLicenses();
await copyTypes(join(root, "build", "src"), join(dist, "types"));
await makeCodeCache();

async function bundleLibrary() {
  await build({
    ...common,
    entryPoints: { index: "src/index.ts" },
    outdir: dist,
    format: "esm",
    splitting: true,
    // Beside the entry point: code that looks for files of the package looks beside itself.
    chunkNames: "chunk-[name]-[hash]",
    // yaml is CommonJS and asks for modules of Node by `require`.
    banner: {
      js: 'import{createRequire as cordonRequire}from"node:module";const require=cordonRequire(import.meta.url);',
    },
    plugins: [filters],
  });
}

async function bundleCommand() {
  // Short names make a small code cache, which is read at every start.
  const cjs = { ...common, format: "cjs", minifyIdentifiers: true, supported: { "dynamic-import": false } };
  await build({
    ...cjs,
    entryPoints: ["src/cli/main.ts"],
    outfile: join(dist, "cordon-main.cjs"),
    define: { ...common.define, "import.meta.url": "CORDON_FILE_URL" },
    banner: { js: 'const CORDON_FILE_URL=require("node:url").pathToFileURL(__filename).href;' },
    plugins: [filters, vendors],
  });
  for (const name of VENDORS) {
    const stdin = {
      contents: `export { ${(await namesUsedOf(name)).join(", ")} } from "${name}";`,
      resolveDir: root,
      loader: "ts",
    };
    await build({ ...cjs, stdin, outfile: join(dist, `vendor-${name}.cjs`) });
  }
  await writeFile(join(dist, "cordon.cjs"), LOADER, { mode: 0o755 });
}

/** The names that src/ uses of a dependency, so that the rest of it is left out; names of types vanish by themselves. */
async function namesUsedOf(vendor) {
  const names = new Set();
  for (const file of (await readdir(join(root, "src"), { recursive: true })).filter((each) => each.endsWith(".ts"))) {
    const text = await readFile(join(root, "src", file), "utf8");
    const listed = text.match(new RegExp(`import \\{([^}]+)\\} from "${vendor}"`))?.[1] ?? "";
    for (const name of listed.split(","))
      if (name.trim() !== "" && !name.trim().startsWith("type ")) names.add(name.trim());
    const all = text.match(new RegExp(`import \\* as (\\w+) from "${vendor}"`))?.[1];
    if (all !== undefined)
      for (const [, name] of text.matchAll(new RegExp(`\\b${all}\\s*\\.(\\w+)`, "g"))) names.add(name);
  }
  return [...names].sort();
}

/** What the library would compile at its first launch, by the key of filters.ts. */
async function compileFilters() {
  const entry = `
    export { compileSeccomp } from "./src/confinement/seccomp/compile.ts";
    export { guardOverrides } from "./src/confinement/seccomp/guard.ts";
    export { defaultProfile } from "./src/confinement/seccomp/profiles/default.ts";
    export { strictProfile } from "./src/confinement/seccomp/profiles/strict.ts";
    export { filterKey } from "./src/backends/common/filters.ts";`;
  const { outputFiles } = await build({
    ...common,
    stdin: { contents: entry, resolveDir: root, loader: "ts" },
    format: "esm",
    write: false,
    legalComments: "none",
  });
  const compiler = await import(
    `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`
  );
  const found = {};
  for (const [name, profile] of [
    ["default", compiler.defaultProfile],
    ["strict", compiler.strictProfile],
  ]) {
    for (const arch of ["x64", "arm64"]) {
      for (const duty of [undefined, "record", "sockets", "files"]) {
        const overrides = duty === undefined ? {} : { overrides: compiler.guardOverrides(arch, duty) };
        const [oldest, newest] = ["5.13", "999.0"].map((kernel) =>
          Buffer.from(compiler.compileSeccomp({ profile, arch, kernel, ...overrides }).program),
        );
        if (oldest.equals(newest)) found[compiler.filterKey(name, arch, duty)] = oldest.toString("base64");
      }
    }
  }
  return found;
}

/** The licences of what is bundled, in full. */
async function copyLicenses() {
  const texts = await Promise.all(
    VENDORS.map(async (name) => {
      const { version, license } = JSON.parse(await readFile(join(root, "node_modules", name, "package.json"), "utf8"));
      return `${name} ${version} (${license})\n\n${await readFile(join(root, "node_modules", name, "LICENSE"), "utf8")}`;
    }),
  );
  await writeFile(join(dist, "THIRD-PARTY-LICENSES.txt"), `Cordon's bundle contains:\n\n${texts.join("\n----\n\n")}`);
}

/** The declarations that index.d.ts reaches. */
async function copyTypes(from, to) {
  if (!existsSync(join(from, "index.d.ts"))) {
    console.warn("bundle: no type declarations yet; run npm run build:ts before");
    return;
  }
  const waiting = [join(from, "index.d.ts")];
  const seen = new Set();
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    const text = await readFile(file, "utf8");
    const target = join(to, relative(from, file));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, text);
    for (const [, first, second] of text.matchAll(/from "(\.[^"]+)\.js"|import\("(\.[^"]+)\.js"\)/g)) {
      waiting.push(resolve(dirname(file), `${first ?? second}.d.ts`));
    }
  }
}

/** Runs the command in an empty folder, with an empty home beside it, and keeps what V8 compiled. */
async function makeCodeCache() {
  const folder = await mkdtemp(join(tmpdir(), "cordon-bundle-"));
  const [work, state] = [join(folder, "work"), join(folder, "state")];
  const env = { PATH: process.env.PATH, HOME: state, XDG_STATE_HOME: state, XDG_CACHE_HOME: state };
  const options = { cwd: work, env, timeout: 30_000, encoding: "utf8" };
  try {
    await Promise.all([mkdir(work), mkdir(state)]);
    // Twice: the second run finds the host's facts remembered, as nearly every run does.
    for (let round = 0; round < 2; round++) {
      const { status, stderr } = spawnSync(process.execPath, ["-e", CACHE_MAKER, join(dist, "cordon.cjs")], options);
      if (status !== 0) console.warn(`bundle: starting will be slower, the code cache isn't complete: ${stderr}`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
