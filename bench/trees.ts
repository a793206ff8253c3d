// What the file benchmarks work with: an archive, a git repository and a folder, each of many small files. Made anew each time.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { exec } from "./programs.js";

export interface Trees {
  readonly archive: string;
  readonly repository: string;
  readonly packages: string;
}

const FILES_PER_FOLDER = 100;

/** Names and sizes as in a tree of JavaScript packages, about 2 kB a file. */
export async function makeTrees(folder: string, files: number): Promise<Trees> {
  const packages = join(folder, "packages");
  for (let index = 0; index < files; index += FILES_PER_FOLDER) {
    const here = join(packages, `package-${index / FILES_PER_FOLDER}`, "dist", "lib");
    mkdirSync(here, { recursive: true });
    for (let file = 0; file < Math.min(FILES_PER_FOLDER, files - index); file++) {
      writeFileSync(
        join(here, `module-${file}.js`),
        `export const value${index + file} = "${"x".repeat(500 + ((file * 37) % 3000))}";\n`,
      );
    }
  }
  const archive = join(folder, "files.tar");
  await exec(["tar", "-cf", archive, "-C", packages, "."]);
  const repository = join(folder, "repository");
  mkdirSync(repository);
  const git = (...args: string[]) =>
    exec(["git", "-C", repository, "-c", "user.name=bench", "-c", "user.email=bench@localhost", ...args]);
  await git("init", "-q");
  await exec(["tar", "-xf", archive, "-C", repository]);
  await git("add", "-A");
  await git("commit", "-qm", "files");
  return { archive, repository, packages };
}
