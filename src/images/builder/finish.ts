// What makes a tree of unpacked packages a system: the merged /usr, accounts, certificates, the usual links; and what is taken out
// because no command needs it or because it would differ between two builds.
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { posix } from "node:path";
import { CordonError } from "../../core/error.js";
import type { Definition } from "../definition.js";

const MERGED = ["bin", "sbin", "lib", "lib64"] as const;
const FOLDERS = ["dev", "etc", "home", "proc", "root", "run", "sys", "tmp", "usr", "var/lib", "var/tmp"] as const;

/** Nothing of it is used by programs, or it is made again when it is needed. Copyrights stay. */
const TRIMMED = [
  "usr/share/bug",
  "usr/share/groff",
  "usr/share/info",
  "usr/share/lintian",
  "usr/share/locale",
  "usr/share/man",
  "var/cache",
  "var/log",
  "var/backups",
  "etc/machine-id",
  "etc/hostname",
] as const;

/** Links that packages leave to update-alternatives: the first program that is there gets the name. */
const ALTERNATIVES: Readonly<Record<string, readonly string[]>> = {
  "usr/bin/awk": ["gawk", "mawk", "original-awk"],
  "usr/bin/which": ["which.debianutils"],
  "usr/bin/pager": ["less", "more"],
  "usr/bin/editor": ["nano", "vim.basic", "vim.tiny"],
  "usr/bin/vi": ["vim.basic", "vim.tiny", "nvi"],
  "usr/bin/nc": ["nc.openbsd", "nc.traditional"],
  "usr/bin/cc": ["gcc", "clang"],
  "usr/bin/c++": ["g++", "clang++"],
};

/** Before anything is unpacked. */
export function prepareRoot(root: string): void {
  for (const folder of FOLDERS) mkdirSync(posix.join(root, folder), { recursive: true });
}

/** /bin is /usr/bin, as every Debian of today has it, whatever the packages were packed with. */
export function mergeUsr(root: string): void {
  for (const name of MERGED) {
    const [from, to] = [posix.join(root, name), posix.join(root, "usr", name)];
    if (lstatSync(from, { throwIfNoEntry: false })?.isDirectory() === true) moveInto(from, to);
    mkdirSync(to, { recursive: true });
    if (!existsIn(root, name)) symlinkSync(`usr/${name}`, from);
  }
}

function moveInto(from: string, to: string): void {
  const there = lstatSync(to, { throwIfNoEntry: false });
  if (there === undefined) {
    renameSync(from, to);
    return;
  }
  for (const name of readdirSync(from)) {
    const [source, target] = [posix.join(from, name), posix.join(to, name)];
    const isFolder = lstatSync(source).isDirectory() && lstatSync(target, { throwIfNoEntry: false })?.isDirectory();
    if (isFolder === true) moveInto(source, target);
    else renameSync(source, target);
  }
  rmdirSync(from);
}

/** After everything is unpacked. `status`: dpkg's list of packages. */
export function finishRoot(root: string, definition: Definition, status: string): void {
  for (const path of TRIMMED) rmSync(posix.join(root, path), { recursive: true, force: true });
  keepCopyrights(posix.join(root, "usr/share/doc"));
  for (const [link, programs] of Object.entries(ALTERNATIVES)) {
    const found = programs.find((name) => existsIn(root, posix.join(posix.dirname(link), name)));
    if (found !== undefined && !existsIn(root, link)) symlinkSync(found, posix.join(root, link));
  }
  accounts(root, definition);
  certificates(root);
  for (const [path, value] of Object.entries(definition.links)) {
    mkdirSync(insideRoot(root, posix.dirname(path)), { recursive: true });
    rmSync(insideRoot(root, path), { force: true });
    symlinkSync(value, insideRoot(root, path));
  }
  mkdirSync(posix.join(root, "home", definition.user.name), { recursive: true });
  if (status === "") return;
  mkdirSync(posix.join(root, "var/lib/dpkg"), { recursive: true });
  writeFileSync(posix.join(root, "var/lib/dpkg/status"), status);
}

/** SECURITY: the path of the staging folder for a path of the image; a link on the way would lead out of it. */
export function insideRoot(root: string, path: string): string {
  const parts = path.split("/").filter((part) => part !== "");
  const name = parts.pop() ?? "";
  let at = root;
  for (const part of parts) {
    at = posix.join(at, part);
    const status = lstatSync(at, { throwIfNoEntry: false });
    if (status?.isSymbolicLink() !== true) continue;
    const value = readlinkSync(at);
    // The merged /usr is the one kind of link that is followed.
    if (!MERGED.some((merged) => value === `usr/${merged}` && at === posix.join(root, merged)))
      throw new CordonError("image-invalid", `${path} goes through a link of the image`, {
        hint: "name the real folder",
      });
    at = posix.join(root, value);
  }
  return posix.join(at, name);
}

function existsIn(root: string, path: string): boolean {
  return lstatSync(posix.join(root, path), { throwIfNoEntry: false }) !== undefined;
}

function keepCopyrights(folder: string): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const path = posix.join(folder, name);
    if (!lstatSync(path).isDirectory()) continue;
    for (const inner of readdirSync(path))
      if (inner !== "copyright") rmSync(posix.join(path, inner), { recursive: true, force: true });
    if (readdirSync(path).length === 0) rmSync(path, { recursive: true });
  }
}

function accounts(root: string, { user }: Definition): void {
  const { name, uid } = user;
  const shell = ["bash", "sh"].find((each) => existsIn(root, `usr/bin/${each}`)) ?? "sh";
  const base = (file: string, fallback: string) => textOf(posix.join(root, "usr/share/base-passwd", file)) ?? fallback;
  const nologin = "/usr/sbin/nologin";
  const passwd = base(
    "passwd.master",
    `root:x:0:0:root:/root:/bin/${shell}\nnobody:x:65534:65534::/nonexistent:${nologin}\n`,
  );
  const group = base("group.master", "root:x:0:\nnogroup:x:65534:\n");
  const etc = posix.join(root, "etc");
  writeFileSync(
    posix.join(etc, "passwd"),
    `${passwd.replace(/^([^:]+):[^:]*:/gm, "$1:x:")}${name}:x:${uid}:${uid}::/home/${name}:/bin/${shell}\n`,
  );
  writeFileSync(posix.join(etc, "group"), `${group.replace(/^([^:]+):[^:]*:/gm, "$1:x:")}${name}:x:${uid}:\n`);
  if (!existsSync(posix.join(etc, "nsswitch.conf")))
    writeFileSync(posix.join(etc, "nsswitch.conf"), "passwd: files\ngroup: files\nhosts: files dns\n");
}

/** One bundle of the authorities that the package ca-certificates has, in the order of their names. */
function certificates(root: string): void {
  const folder = posix.join(root, "usr/share/ca-certificates/mozilla");
  if (!existsSync(folder)) return;
  const texts = readdirSync(folder)
    .filter((name) => name.endsWith(".crt"))
    .toSorted()
    .map((name) => `${readFileSync(posix.join(folder, name), "utf8").trimEnd()}\n`);
  mkdirSync(posix.join(root, "etc/ssl/certs"), { recursive: true });
  writeFileSync(posix.join(root, "etc/ssl/certs/ca-certificates.crt"), texts.join(""));
  const link = posix.join(root, "etc/ssl/cert.pem");
  if (lstatSync(link, { throwIfNoEntry: false }) === undefined) symlinkSync("certs/ca-certificates.crt", link);
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
