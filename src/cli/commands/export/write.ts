// Files of an export into a folder: never over another file, never through a link.
import { lstatSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { posix } from "node:path";
import type { ExportedFile } from "../../../backends/export/types.js";
import { CordonError, errnoOf, messageOf } from "../../../core/error.js";

const FILE_MODE = 0o644;
const PROGRAM_MODE = 0o755;

/** Writes all or, when one can't be, says so before the first is written. Files that are there already with this content stay. */
export function writeFiles(folder: string, files: readonly ExportedFile[]): readonly string[] {
  makeFolder(folder);
  const paths = files.map((file) => ({ ...file, path: posix.join(folder, file.name) }));
  const missing = paths.filter(({ path, content }) => !isThere(path, content));
  for (const { path, content, executable } of missing) {
    try {
      // O_EXCL: what appeared meanwhile, a link too, isn't followed or overwritten.
      writeFileSync(path, content, { flag: "wx", mode: executable ? PROGRAM_MODE : FILE_MODE });
    } catch (cause) {
      throw new CordonError("export-refused", `it can't be written: ${messageOf(cause)}`, { place: path, cause });
    }
  }
  return missing.map(({ path }) => path);
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: PROGRAM_MODE });
    if (realpathSync(folder) === folder) return;
  } catch (cause) {
    throw new CordonError("export-refused", `the folder can't be made: ${messageOf(cause)}`, { place: folder, cause });
  }
  throw new CordonError("export-refused", "the folder is, or lies behind, a symbolic link", {
    place: folder,
    hint: `name it as it is: ${realpathSync(folder)}`,
  });
}

function isThere(path: string, content: string): boolean {
  const kind = kindAt(path);
  if (kind === "none") return false;
  if (kind === "file" && readFileSync(path, "utf8") === content) return true;
  throw new CordonError(
    "export-refused",
    kind === "file" ? "there is another file of this name" : "there is something else than a file",
    {
      place: path,
      hint: "take it away, or name another folder",
    },
  );
}

function kindAt(path: string): "none" | "file" | "other" {
  try {
    return lstatSync(path).isFile() ? "file" : "other";
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return "none";
    throw new CordonError("export-refused", messageOf(error), { place: path, cause: error });
  }
}
