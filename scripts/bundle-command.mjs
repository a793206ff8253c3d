// Bundles the command. It starts for every run, so what a plain run needs is one CommonJS file with V8's code cache of what that executes
// (the ESM loader costs more); all else lies in files beside that are read when they are wanted, so that a start doesn't pay for what
// other commands do. Which pieces a plain run needs is found out by running one. Another version of Node refuses the cache and
// compiles as always.
import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { build, transform } from "esbuild";

const MAIN = "main.js";
const BESIDE = "command";

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
module.exports = { script, loaded: {} };
script.runInThisContext()(module.exports, require, module, file, __dirname);
`;

/** Puts the pieces together: those of this file by name, others from the folder beside, everything else by Node. */
const LINKER = `
const CORDON_FILE_URL = require("node:url").pathToFileURL(__filename).href;
const loaded = exports.loaded;
const load = (name) => {
  if (!name.startsWith("./") || name.startsWith("./vendor-")) return require(name);
  const known = loaded[name];
  if (known !== undefined) return known.exports;
  const piece = loaded[name] = { exports: {} };
  (pieces[name] ?? require("./${BESIDE}/" + name.slice(2).replace(/js$/, "cjs")))(piece, piece.exports, load, CORDON_FILE_URL);
  return piece.exports;
};
load("./${MAIN}");
`;

/** Runs the loader as \`cordon run -- true\`; when that exits it writes the cache, and which pieces were wanted. */
const CACHE_MAKER = `
const { writeFileSync } = require("node:fs");
const [, loader, list] = process.argv;
process.argv = [process.execPath, loader, "run", "--quiet", "--", "true"];
const { exit } = process;
process.exit = (status) => {
  const { script, loaded } = require.cache[loader].exports;
  writeFileSync(loader.replace(/cordon\\.cjs$/, "cordon-main.cache"), script.createCachedData());
  writeFileSync(list, JSON.stringify(Object.keys(loaded)));
  exit(status);
};
require(loader);
`;

/** `common`: esbuild's options that all bundles share. */
export async function bundleCommand({ root, dist, common, plugins, vendors }) {
  const pieces = await piecesOf({ root, common, plugins });
  await Promise.all(vendors.map((name) => bundleVendor(name, { root, dist, common })));
  await writeFile(join(dist, "cordon.cjs"), LOADER, { mode: 0o755 });
  await writePieces(dist, pieces, new Set());
  const wanted = await runOnce(dist);
  await writePieces(dist, pieces, wanted);
  await runOnce(dist);
}

/** Each a function of `module`, `exports`, `require` and the bundle's own address, by its name. */
async function piecesOf({ root, common, plugins }) {
  const { outputFiles } = await build({
    ...common,
    entryPoints: { main: "src/cli/main.ts" },
    outdir: root,
    format: "esm",
    splitting: true,
    // Short names make a small code cache, which is read at every start.
    minifyIdentifiers: true,
    chunkNames: "[name]-[hash]",
    define: { ...common.define, "import.meta.url": "CORDON_FILE_URL" },
    plugins,
    write: false,
    legalComments: "none",
  });
  const made = outputFiles.map(async ({ path, text }) => {
    const options = { format: "cjs", platform: "node", target: common.target, supported: { "dynamic-import": false } };
    const { code } = await transform(text, { ...options, minifyWhitespace: true, minifySyntax: true });
    return [`./${basename(path)}`, `function(module,exports,require,CORDON_FILE_URL){${code}}`];
  });
  return new Map(await Promise.all(made));
}

async function bundleVendor(name, { root, dist, common }) {
  const names = (await namesUsedOf(name, root)).join(", ");
  const stdin = { contents: `export { ${names} } from "${name}";`, resolveDir: root, loader: "ts" };
  await build({ ...common, format: "cjs", minifyIdentifiers: true, stdin, outfile: join(dist, `vendor-${name}.cjs`) });
}

/** The names that src/ uses of a dependency, so that the rest of it is left out; names of types vanish by themselves. */
async function namesUsedOf(vendor, root) {
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

/** A folder of its own for all pieces that aren't wanted at every start. */
async function writePieces(dist, pieces, wanted) {
  const here = [...pieces].filter(([name]) => wanted.has(name));
  const table = here.map(([name, code]) => `${JSON.stringify(name)}:${code}`).join(",\n");
  await writeFile(join(dist, "cordon-main.cjs"), `"use strict";const pieces={${table}};${LINKER}`);
  const folder = join(dist, BESIDE);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  for (const [name, code] of pieces)
    if (!wanted.has(name)) await writeFile(join(folder, name.replace(/js$/, "cjs")), `module.exports=${code}`);
}

/** Runs the command in an empty folder, with an empty home beside it, and keeps what V8 compiled. Gives the pieces that it wanted. */
async function runOnce(dist) {
  const folder = await mkdtemp(join(tmpdir(), "cordon-bundle-"));
  const [work, state, list] = ["work", "state", "list"].map((name) => join(folder, name));
  const env = { PATH: process.env.PATH, HOME: state, XDG_STATE_HOME: state, XDG_CACHE_HOME: state };
  const options = { cwd: work, env, timeout: 30_000, encoding: "utf8" };
  try {
    await Promise.all([mkdir(work), mkdir(state)]);
    await rm(join(dist, "cordon-main.cache"), { force: true });
    // Twice: the second run finds the host's facts remembered, as nearly every run does.
    for (let round = 0; round < 2; round++) {
      const args = ["-e", CACHE_MAKER, join(dist, "cordon.cjs"), list];
      const { status, stderr } = spawnSync(process.execPath, args, options);
      if (status !== 0) {
        console.warn(`bundle: starting will be slower, there is no complete code cache: ${stderr}`);
        return new Set();
      }
    }
    return new Set(JSON.parse(await readFile(list, "utf8")));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
