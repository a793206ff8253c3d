// Registries with one package each, made when the tests start: npm, PyPI's simple index, a sparse index of crates, a Debian repository.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Exchange, Site } from "./origin.js";

export const PACKAGE = "cordon-sample";
/** Asked for as `/@cordon-tests%2fsample`. */
export const SCOPED = "@cordon-tests/sample";
const VERSION = "1.0.0";
const JSON_TYPE = { "content-type": "application/json" };

export function npmRegistry(folder: string): Site {
  const manifest = { name: SCOPED, version: VERSION, main: "index.js" };
  const tarball = archive(folder, "npm.tgz", {
    "package/package.json": JSON.stringify(manifest),
    "package/index.js": 'module.exports = "installed from the registry";\n',
  });
  const integrity = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
  return ({ path, base, answer }) => {
    if (path.endsWith(".tgz")) return answer(200, { "content-type": "application/octet-stream" }, tarball);
    if (decodeURIComponent(path) !== `/${SCOPED}`) return answer(404, JSON_TYPE, "{}");
    const dist = {
      tarball: `${base}/npm/${SCOPED}/-/sample-${VERSION}.tgz`,
      integrity,
      shasum: digest("sha1", tarball),
    };
    const versions = { [VERSION]: { ...manifest, dist } };
    answer(200, JSON_TYPE, JSON.stringify({ name: SCOPED, "dist-tags": { latest: VERSION }, versions }));
  };
}

export function pythonIndex(folder: string): Site {
  const name = `cordon_sample-${VERSION}-py3-none-any.whl`;
  const wheel = join(folder, name);
  const info = `cordon_sample-${VERSION}.dist-info`;
  const files = {
    "cordon_sample.py": 'TEXT = "installed from the index"\n',
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${PACKAGE}\nVersion: ${VERSION}\n`,
    [`${info}/WHEEL`]: "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    [`${info}/RECORD`]: `cordon_sample.py,,\n${info}/METADATA,,\n${info}/WHEEL,,\n${info}/RECORD,,\n`,
  };
  const zip =
    "import json,sys,zipfile\nz=zipfile.ZipFile(sys.argv[1],'w')\nfor n,t in json.load(sys.stdin).items(): z.writestr(n,t)\nz.close()";
  execFileSync("python3", ["-c", zip, wheel], { input: JSON.stringify(files), timeout: 30_000 });
  const content = readFileSync(wheel);
  const page = `<!DOCTYPE html><body><a href="../../${name}#sha256=${digest("sha256", content)}">${name}</a></body>`;
  return ({ path, answer }) => {
    if (path === `/${name}`) return answer(200, { "content-type": "application/octet-stream" }, content);
    if (path === `/simple/${PACKAGE}/`) return answer(200, { "content-type": "text/html" }, page);
    answer(404, {}, "no such package\n");
  };
}

/** Cargo's sparse protocol: /co/rd/NAME, and /config.json saying where crates are. */
export function crateRegistry(folder: string): Site {
  const top = `${PACKAGE}-${VERSION}`;
  const crate = archive(folder, "sample.crate", {
    [`${top}/Cargo.toml`]: `[package]\nname = "${PACKAGE}"\nversion = "${VERSION}"\nedition = "2021"\n`,
    [`${top}/src/lib.rs`]: "pub fn sample() {}\n",
  });
  const entry = { name: PACKAGE, vers: VERSION, deps: [], cksum: digest("sha256", crate), features: {}, yanked: false };
  return ({ path, base, answer }) => {
    if (path === "/config.json") return answer(200, JSON_TYPE, JSON.stringify({ dl: `${base}/crates/dl` }));
    if (path === `/co/rd/${PACKAGE}`) return answer(200, JSON_TYPE, `${JSON.stringify(entry)}\n`);
    if (path === `/dl/${PACKAGE}/${VERSION}/download`) {
      return answer(200, { "content-type": "application/x-tar" }, crate);
    }
    answer(404, {}, "no such crate\n");
  };
}

/** A flat repository, as `deb [trusted=yes] URL ./` reads it. */
export function debianRepository(folder: string): Site {
  const control = `Package: ${PACKAGE}\nVersion: ${VERSION}\nArchitecture: all\nMaintainer: T <t@localhost>\nDescription: sample\n`;
  const file = `${PACKAGE}_${VERSION}_all.deb`;
  write(join(folder, "deb/DEBIAN/control"), control);
  execFileSync("dpkg-deb", ["--root-owner-group", "--build", join(folder, "deb"), join(folder, file)], {
    stdio: "pipe",
    timeout: 30_000,
  });
  const deb = readFileSync(join(folder, file));
  const listed = `${control}Filename: ./${file}\nSize: ${deb.length}\nSHA256: ${digest("sha256", deb)}\n`;
  const sums = `SHA256:\n ${digest("sha256", Buffer.from(listed))} ${Buffer.byteLength(listed)} Packages\n`;
  const release = `Origin: tests\nDate: ${new Date().toUTCString()}\n${sums}`;
  const contents = new Map<string, string | Buffer>([
    ["/Release", release],
    ["/Packages", listed],
    [`/${file}`, deb],
  ]);
  return (exchange) => answerFrom(contents, exchange);
}

function answerFrom(contents: ReadonlyMap<string, string | Buffer>, { path, answer }: Exchange): void {
  const content = contents.get(path.replace("/./", "/"));
  if (content === undefined) answer(404, {}, "no such file\n");
  else answer(200, { "content-type": "application/octet-stream" }, content);
}

function archive(folder: string, name: string, files: Readonly<Record<string, string>>): Buffer {
  const root = join(folder, `${name}.d`);
  for (const [path, text] of Object.entries(files)) write(join(root, path), text);
  execFileSync("tar", ["-czf", join(folder, name), "-C", root, topOf(files)], { timeout: 30_000 });
  return readFileSync(join(folder, name));
}

/** All of an archive is in one folder. */
function topOf(files: Readonly<Record<string, string>>): string {
  return Object.keys(files)[0]?.split("/")[0] ?? ".";
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function digest(algorithm: string, content: Buffer): string {
  return createHash(algorithm).update(content).digest("hex");
}
