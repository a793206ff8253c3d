// `npm run docs` writes every generated page; `npm run docs:check` (--check) only compares and fails with the list of those that differ.
// Pages come out of compiled code (build/, or --build DIR), so a page can't say anything else than the program. Never a date in them.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const GENERATORS = ["policy", "cli", "events", "errors", "backends", "breakout", "comparison", "templates"];

const root = fileURLToPath(new URL("..", import.meta.url));
const { values } = parseArgs({ options: { check: { type: "boolean" }, build: { type: "string" } } });
const build = resolve(values.build ?? `${root}/build`);

if (!existsSync(`${build}/src/cli/table.js`)) {
  console.error(`docs: ${build} holds no compiled Cordon; npm run build:ts makes it`);
  process.exit(1);
}

const differing = [];
for (const name of GENERATORS) {
  const { generate } = await import(`./docs-${name}.mjs`);
  for (const [path, text] of Object.entries(await generate(build))) {
    const file = `${root}/${path}`;
    if (existsSync(file) && readFileSync(file, "utf8") === text) continue;
    differing.push(path);
    if (values.check === true) continue;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

if (values.check === true && differing.length > 0) {
  console.error(`docs: not as the program is now; npm run docs writes them anew:\n  ${differing.join("\n  ")}`);
  process.exitCode = 1;
} else if (values.check !== true) {
  console.log(differing.length === 0 ? "docs: nothing has changed" : `docs: wrote ${differing.join(", ")}`);
}
