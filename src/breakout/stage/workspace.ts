// The workspace of one attempt: a small repository, fresh each time, so that what one attempt leaves is no help to the next.
import { copyFileSync, linkSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { plant } from "./secrets.js";

const FILES: Readonly<Record<string, string>> = {
  ".git/HEAD": "ref: refs/heads/main\n",
  ".git/config": "[core]\n\trepositoryformatversion = 0\n\tbare = false\n",
  ".git/refs/heads/.keep": "",
  ".git/objects/info/.keep": "",
  ".git/hooks/readme": "hooks\n",
  "src/main.sh": "echo hello\n",
  "README.md": "# staged\n",
};

export interface WorkspaceParts {
  readonly folder: string;
  readonly prober: string;
  /** What the denied file holds. */
  readonly denied: string;
}

/** Paths of the prober and of the place for the script. */
export function makeWorkspace({ folder, prober, denied }: WorkspaceParts): { readonly prober: string } {
  mkdirSync(folder, { recursive: true });
  for (const [path, content] of Object.entries(FILES)) plant(join(folder, path), content, 0o644);
  plant(join(folder, "keys/one.breakout"), `${denied}\n`, 0o644);
  mkdirSync(join(folder, "run"));
  const own = join(folder, "prober");
  try {
    linkSync(prober, own);
  } catch {
    copyFileSync(prober, own);
  }
  return { prober: own };
}
