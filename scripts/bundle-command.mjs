// Bundles the command. It starts for every run, so what a plain run needs is one CommonJS file with V8's code cache of what that executes
// (the ESM loader costs more), and what a run with a policy file needs besides is a second one; all else lies in files beside that are read
// when they are wanted, so that a start doesn't pay for what other commands do. Which pieces a run needs is found out by running it.
// Another version of Node refuses the caches and compiles as always.
import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { build, transform } from "esbuild";

const MAIN = "main.js";
const BESIDE = "command";
const FIRST = "cordon-main";
const SECOND = "cordon-policy";

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
const scripts = {};
const start = (name, exports) => {
  const file = __dirname + "/" + name + ".cjs";
  let cachedData;
  try {
    cachedData = fs.readFileSync(__dirname + "/" + name + ".cache");
  } catch {}
  scripts[name] = new vm.Script(wrap(fs.readFileSync(file, "latin1")), { filename: file, cachedData });
  scripts[name].runInThisContext()(exports, require, module, file, __dirname);
  return exports;
};
module.exports = { scripts, start, loaded: {} };
start("cordon-main", module.exports);
`;

/** Puts the pieces together: those of this file by name, those of the second one, others from the folder beside, everything else by Node. */
const LINKER = `
const CORDON_FILE_URL = require("node:url").pathToFileURL(__filename).href;
const { loaded, start } = exports;
let second;
const pieceOf = (name) => {
  if (pieces[name] !== undefined) return pieces[name];
  if (!inSecond.has(name)) return require("./${BESIDE}/" + name.slice(2).replace(/js$/, "cjs"));
  second ??= start("${SECOND}", {}).pieces;
  return second[name];
};
const load = (name) => {
  if (!name.startsWith("./")) return require(name);
  const known = loaded[name];
  if (known !== undefined) return known.exports;
  const piece = loaded[name] = { exports: {} };
  pieceOf(name)(piece, piece.exports, load, CORDON_FILE_URL);
  return piece.exports;
};
load("./${MAIN}");
`;

/** Runs the loader with the given words; when that exits it writes the cache of one file, and which pieces were wanted. */
const CACHE_MAKER = `
const { writeFileSync } = require("node:fs");
const [, loader, list, file, ...words] = process.argv;
process.argv = [process.execPath, loader, ...words];
const { exit } = process;
process.exit = (status) => {
  const { scripts, loaded } = require.cache[loader].exports;
  if (scripts[file] !== undefined) writeFileSync(loader.replace(/cordon\\.cjs$/, file + ".cache"), scripts[file].createCachedData());
  writeFileSync(list, JSON.stringify(Object.keys(loaded)));
  exit(status);
};
require(loader);
`;

/** What people write: so the readers of its parts, and what stands at the way out, are in the second file. */
const POLICY = `version: 1
name: bundle
filesystem: { read: [/opt], deny: ["**/.env"] }
network: { allow: [example.com, { host: "*.example.org", ports: [443] }] }
limits: { time: 1h }
`;

/** `common`: esbuild's options that all bundles share. */
export async function bundleCommand({ root, dist, common, plugins }) {
  const pieces = await piecesOf({ root, common, plugins });
  await writeFile(join(dist, "cordon.cjs"), LOADER, { mode: 0o755 });
  await writePieces(dist, pieces, { first: new Set(), second: new Set() });
  const first = await piecesWanted(dist, FIRST, []);
  const second = await piecesWanted(dist, SECOND, ["-p", "policy.yaml"]);
  await writePieces(dist, pieces, { first, second: new Set([...second].filter((name) => !first.has(name))) });
  await piecesWanted(dist, FIRST, []);
  await piecesWanted(dist, SECOND, ["-p", "policy.yaml"]);
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

/** A folder of its own for all pieces that are in neither of the two files. */
async function writePieces(dist, pieces, { first, second }) {
  const tableOf = (names) =>
    `{${[...pieces]
      .filter(([name]) => names.has(name))
      .map(([name, code]) => `${JSON.stringify(name)}:${code}`)
      .join(",\n")}}`;
  const inSecond = `new Set(${JSON.stringify([...second])})`;
  const main = `"use strict";const pieces=${tableOf(first)};const inSecond=${inSecond};${LINKER}`;
  await writeFile(join(dist, `${FIRST}.cjs`), main);
  await writeFile(join(dist, `${SECOND}.cjs`), `"use strict";exports.pieces=${tableOf(second)};`);
  const folder = join(dist, BESIDE);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  for (const [name, code] of pieces) {
    if (first.has(name) || second.has(name)) continue;
    await writeFile(join(folder, name.replace(/js$/, "cjs")), `module.exports=${code}`);
  }
}

/**
 * Runs `true` in an empty folder, with an empty home beside it, and keeps what V8 compiled of one of the two files. Gives the pieces that
 * the run wanted.
 */
async function piecesWanted(dist, file, flags) {
  const folder = await mkdtemp(join(tmpdir(), "cordon-bundle-"));
  const [work, state, list] = ["work", "state", "list"].map((name) => join(folder, name));
  const env = { PATH: process.env.PATH, HOME: state, XDG_STATE_HOME: state, XDG_CACHE_HOME: state };
  const options = { cwd: work, env, timeout: 30_000, encoding: "utf8" };
  const words = ["run", "--quiet", ...flags, "--", "true"];
  try {
    await Promise.all([mkdir(work), mkdir(state)]);
    await writeFile(join(work, "policy.yaml"), POLICY);
    await rm(join(dist, `${file}.cache`), { force: true });
    // Twice: the second run finds the host's facts remembered, as nearly every run does.
    for (let round = 0; round < 2; round++) {
      const args = ["-e", CACHE_MAKER, join(dist, "cordon.cjs"), list, file, ...words];
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
