import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { bundleCommand } from "./bundle-command.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, "dist");
/** Dependencies that are bundled. */
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

await mkdir(dist, { recursive: true });
// dist/init is the work of build-init.mjs.
for (const name of await readdir(dist))
  if (name !== "init") await rm(join(dist, name), { recursive: true, force: true });
await bundleLibrary();
await bundleCommand({ root, dist, common, plugins: [filters] });
await copyLicenses();
await copyTypes(join(root, "build", "src"), join(dist, "types"));

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
