// Debian packages by apt: it finds what depends on what, fetches, and checks every byte against its signed lists. Nothing is installed
// on this host and no right is needed: apt gets folders of its own and an empty list of what is installed.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { posix } from "node:path";
import { sha256 } from "../../core/digest.js";
import { CordonError } from "../../core/error.js";
import type { Definition } from "../definition.js";
import type { LockedPackage } from "../lock.js";
import { type Environment, runProgram } from "./program.js";

export interface AptRequest {
  readonly definition: Definition;
  /** Kept between builds: what was fetched and the lists. */
  readonly cacheDir: string;
  readonly env: Environment;
  /** Fetch the lists of packages anew. */
  readonly refresh: boolean;
}

const HOST_LISTS = "/var/lib/apt/lists";
const LISTS_TIMEOUT_MS = 300_000;

export class Apt {
  readonly #request: AptRequest;
  readonly #archives: string;
  /** A folder for archives that stays empty. */
  readonly #nothing: string;
  readonly #options: readonly string[];
  readonly #ownLists: string | undefined;

  constructor(request: AptRequest) {
    const { cacheDir, definition } = request;
    this.#request = request;
    this.#archives = posix.join(cacheDir, "archives");
    const { source } = definition.debian;
    const ownLists = source !== undefined || !hostHasLists();
    const folder = posix.join(cacheDir, "apt", sha256(JSON.stringify(source ?? "host")).slice(7, 23));
    this.#ownLists = ownLists ? posix.join(folder, "lists") : undefined;
    this.#nothing = posix.join(cacheDir, "nothing");
    for (const each of [`${this.#archives}/partial`, `${this.#nothing}/partial`, posix.join(folder, "lists/partial")])
      mkdirSync(each, { recursive: true, mode: 0o700 });
    writeFileSync(posix.join(folder, "status"), "");
    this.#options = [
      ...["-q", "-y", "--no-install-recommends"],
      ...option("Dir::State::status", posix.join(folder, "status")),
      ...option("Dir::Cache", folder),
      ...option("Dir::Cache::archives", this.#archives),
      ...option("APT::Sandbox::User", ""),
      ...(this.#ownLists === undefined ? [] : option("Dir::State::lists", this.#ownLists)),
      ...(source === undefined ? [] : sourceOptions(source, folder)),
    ];
  }

  /** The packages that are asked for and all they depend on, fetched. */
  async resolve(): Promise<readonly string[]> {
    const { packages } = this.#request.definition.debian;
    if (packages.length === 0) return [];
    await this.#lists(this.#request.refresh);
    // apt names only what it would still have to fetch: so it is asked as one who has nothing yet.
    const asked = [...option("Dir::Cache::archives", this.#nothing), "--print-uris", "install", ...packages];
    const uris = await this.#apt(asked);
    const names = [...uris.matchAll(/^'[^']+' (\S+\.deb) \d+/gm)].map(([, name = ""]) => name);
    await this.#apt(["--download-only", "install", ...packages]);
    return names.toSorted().map((name) => posix.join(this.#archives, name));
  }

  /** Exactly these, and nothing else, each held against its digest. */
  async locked(packages: readonly LockedPackage[]): Promise<readonly string[]> {
    const missing = packages.filter((one) => !this.#has(one));
    if (missing.length > 0) {
      await this.#lists(this.#request.refresh);
      await this.#apt(["download", ...missing.map(({ name, version }) => `${name}=${version}`)]);
    }
    return packages.map((one) => {
      if (this.#has(one)) return posix.join(this.#archives, one.file);
      throw new CordonError("image-changed", `${one.file} isn't what the lock file says`, {
        hint: "cordon image build --update makes a new lock",
      });
    });
  }

  #has({ file, sha256: wanted }: LockedPackage): boolean {
    try {
      return fileDigest(posix.join(this.#archives, file)) === wanted;
    } catch {
      return false;
    }
  }

  async #lists(refresh: boolean): Promise<void> {
    if (this.#ownLists === undefined) return;
    if (refresh || !hasLists(this.#ownLists)) await this.#apt(["update"], LISTS_TIMEOUT_MS);
  }

  #apt(words: readonly string[], timeoutMs?: number): Promise<string> {
    return runProgram(["apt-get", ...this.#options, ...words], {
      cwd: this.#archives,
      env: this.#request.env,
      from: "apt",
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
  }
}

export function fileDigest(file: string): string {
  return createHash("sha256").update(readFileSync(file)).digest("hex");
}

function hostHasLists(): boolean {
  return hasLists(HOST_LISTS);
}

function hasLists(folder: string): boolean {
  try {
    return readdirSync(folder).some(
      (name) => /_Packages(?:\.\w+)?$/.test(name) && statSync(posix.join(folder, name)).size > 0,
    );
  } catch {
    return false;
  }
}

function option(name: string, value: string): readonly string[] {
  return ["-o", `${name}=${value}`];
}

function sourceOptions(source: NonNullable<Definition["debian"]["source"]>, folder: string): readonly string[] {
  const { mirror, suite, components, keyring } = source;
  const file = posix.join(folder, "sources.list");
  const signed = keyring === undefined ? "" : ` [signed-by=${keyring}]`;
  writeFileSync(file, `deb${signed} ${mirror} ${suite} ${components.join(" ")}\n`);
  return [...option("Dir::Etc::sourcelist", file), ...option("Dir::Etc::sourceparts", "/dev/null")];
}
