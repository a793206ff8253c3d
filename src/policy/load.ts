// Files, built-in profiles and options to one Policy, or to the list of what is wrong. The only reader of policy files: bounded,
// regular files only. A run without a file loads neither the YAML parser nor the schema.
import { constants } from "node:fs";
import { posix } from "node:path";
import { canonicalJson, sha256, withDigest } from "../core/digest.js";
import { errnoOf } from "../core/error.js";
import { didYouMean, printable } from "../core/text.js";
import { absoluteLayer, type Layer, type Override, overrideLayer } from "./layer.js";
import { lintPolicy } from "./lint.js";
import { mergeLayers } from "./merge.js";
import { checkOption } from "./options.js";
import { namesFile, parsePolicy, startOf, validate } from "./parse.js";
import { absolutePath } from "./paths.js";
import { BASE_PROFILE, builtinNames, builtinProfile } from "./profiles/builtin.js";
import type { Written } from "./schema/policy.js";
import { settingPlaces, settingsOf } from "./settings.js";
import type { Diagnostic, Place, Policy, PolicySource } from "./types.js";

export type { Override } from "./layer.js";

export interface LoadRequest {
  /** Absolute. */
  readonly file?: string;
  /** Bytes that were read (and checked for trust) before; a file named here isn't read again. */
  readonly texts?: ReadonlyMap<string, Uint8Array>;
  /** A folder whose files count only when `texts` has them: the workspace of a trusted policy. */
  readonly sealed?: string;
  readonly profiles: readonly string[];
  readonly overrides: readonly Override[];
  readonly home: string;
  readonly cwd: string;
  readonly defaultName?: string;
}

export type LoadResult =
  | { readonly ok: true; readonly policy: Policy; readonly warnings: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

const MAX_BYTES = 1024 * 1024;
const MAX_EXTENDS = 16;

export async function loadPolicy(request: LoadRequest): Promise<LoadResult> {
  const gathering = new Gathering(request);
  await gathering.profile(BASE_PROFILE, undefined);
  for (const name of request.profiles) await gathering.profile(name, { file: "--profile", line: 1, column: 1 });
  if (request.file !== undefined) await gathering.file(request.file, []);
  for (const override of request.overrides) await gathering.override(override);
  if (gathering.diagnostics.length > 0) return { ok: false, diagnostics: gathering.diagnostics };
  return combine(gathering.layers, request);
}

function combine(layers: readonly Layer[], request: LoadRequest): LoadResult {
  const merged = mergeLayers(layers);
  // Each layer was held against the schema (profiles by a unit test), and merging keeps its form.
  const written = merged.value as Written;
  const settings = settingsOf(written, {
    workspace: posix.resolve(request.cwd),
    name: request.defaultName ?? BASE_PROFILE,
  });
  const sources = sourcesOf(layers, request.overrides);
  const policy: Policy = withDigest({ settings, places: settingPlaces(merged, written, settings), sources }, () =>
    sha256(canonicalJson({ settings, sources: sources.map((source) => source.digest) })),
  );
  const found = lintPolicy(policy, { home: request.home });
  const errors = found.filter((one) => one.severity === "error");
  return errors.length > 0 ? { ok: false, diagnostics: found } : { ok: true, policy, warnings: found };
}

function sourcesOf(layers: readonly Layer[], overrides: readonly Override[]): readonly PolicySource[] {
  const files = layers.map((layer) => layer.source).filter((source) => source.file !== "");
  return overrides.length === 0
    ? files
    : [...files, withDigest({ file: "command line" }, () => sha256(canonicalJson(overrides)))];
}

/** Collects layers in the order of merging, and every problem on the way. */
class Gathering {
  readonly layers: Layer[] = [];
  readonly diagnostics: Diagnostic[] = [];
  readonly #seen = new Set<string>();

  readonly #request: LoadRequest;

  constructor(request: LoadRequest) {
    this.#request = request;
  }

  async profile(name: string, from: Place | undefined): Promise<void> {
    const profile = builtinProfile(name);
    if (profile === undefined) {
      const message = `there is no built-in profile "${printable(name, 60)}".${didYouMean(name, builtinNames())}`;
      this.#problem(
        "policy-missing",
        from,
        message,
        "cordon profile ls names them; a file is written with a slash: ./name.yaml",
      );
      return;
    }
    const file = `built-in:${name}`;
    if (this.#seen.has(file)) return;
    this.#seen.add(file);
    this.#push({
      source: { file, digest: profile.digest },
      value: profile.value,
      places: profile.places,
      folder: this.#request.home,
    });
  }

  /** A file and, before it, what it extends. `chain`: the files that led here. */
  async file(file: string, chain: readonly string[], from?: Place): Promise<void> {
    if (chain.includes(file)) {
      const names = [...chain.slice(chain.indexOf(file)), file].map((name) => printable(name, 200));
      return this.#problem("extends-cycle", from, `extends goes round in a circle: ${names.join(" → ")}`);
    }
    if (chain.length > MAX_EXTENDS)
      return this.#problem("extends-depth", from, `extends is more than ${MAX_EXTENDS} files deep`);
    if (this.#seen.has(file)) return;
    this.#seen.add(file);
    const bytes = await this.#bytes(file, from);
    if (bytes === undefined) return;
    const parsed = await parsePolicy(bytes, file);
    if (!parsed.ok) {
      this.diagnostics.push(...parsed.diagnostics);
      return;
    }
    const { document, written } = parsed;
    for (const [index, entry] of (written.extends ?? []).entries()) {
      await this.#extend(entry, document.places.get(`extends.${index}`), [...chain, file]);
    }
    this.#push({
      source: withDigest({ file }, () => sha256(bytes)),
      value: document.value,
      places: document.places,
      folder: posix.dirname(file),
    });
  }

  async override(override: Override): Promise<void> {
    const layer = overrideLayer(override, this.#request.cwd);
    const quick = checkOption(override);
    if (quick === "unknown") {
      const { value, places } = layer;
      const checked = await validate({ file: override.option, value, places, keys: places }, "part");
      if (!checked.ok) {
        this.diagnostics.push(...checked.diagnostics);
        return;
      }
    } else if (quick !== undefined) {
      this.diagnostics.push(quick);
      return;
    }
    this.#push(layer);
  }

  async #extend(entry: string, place: Place | undefined, chain: readonly string[]): Promise<void> {
    if (!namesFile(entry)) return this.profile(entry, place);
    const path = absolutePath(entry, { folder: posix.dirname(chain.at(-1) ?? "/"), home: this.#request.home });
    if (path.ok) return this.file(path.value, chain, place);
    this.#problem("bad-path", place, `extends must be ${path.problem}`);
  }

  async #bytes(file: string, from: Place | undefined): Promise<Uint8Array | undefined> {
    const known = this.#request.texts?.get(file);
    if (known !== undefined) return known;
    const { sealed } = this.#request;
    // SECURITY: what lies in the workspace may have been written by the agent; only the bytes that were trusted count.
    if (sealed !== undefined && (file === sealed || file.startsWith(sealed.endsWith("/") ? sealed : `${sealed}/`))) {
      this.#problem(
        "policy-untrusted",
        from ?? startOf(file),
        `${printable(file, 300)} isn't trusted`,
        "cordon trust accepts it as it stands now",
      );
      return undefined;
    }
    const read = await readPolicyFile(file);
    if (read.ok) return read.bytes;
    this.#problem("policy-missing", from ?? startOf(file), read.message);
    return undefined;
  }

  #push(layer: Layer): void {
    const absolute = absoluteLayer(layer, this.#request.home);
    this.diagnostics.push(...absolute.diagnostics);
    this.layers.push(absolute.layer);
  }

  #problem(code: string, place: Place | undefined, message: string, hint?: string): void {
    const at = place ?? { file: "cordon", line: 1, column: 1 };
    this.diagnostics.push({ severity: "error", place: at, code, message, ...(hint === undefined ? {} : { hint }) });
  }
}

export type FileResult =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly message: string };

/** A policy file's bytes: a regular file of bounded size. A FIFO or a device never makes this wait. */
export async function readPolicyFile(
  path: string,
  options: { readonly followLinks: boolean } = { followLinks: true },
): Promise<FileResult> {
  const shown = printable(path, 300);
  const flags =
    constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY | (options.followLinks ? 0 : constants.O_NOFOLLOW);
  try {
    // Loaded only here: a run without a policy file doesn't need it.
    const { open } = await import("node:fs/promises");
    await using file = await open(path, flags);
    const stat = await file.stat();
    if (!stat.isFile()) return { ok: false, message: `${shown} isn't a regular file` };
    // One byte more than allowed is enough to know; the size that fstat gives may be stale.
    const buffer = Buffer.allocUnsafe(MAX_BYTES + 1);
    let length = 0;
    for (let more = -1; more !== 0 && length < buffer.length; length += more) {
      more = (await file.read(buffer, length, buffer.length - length, null)).bytesRead;
    }
    if (length > MAX_BYTES) return { ok: false, message: `${shown} is larger than ${MAX_BYTES / 1024} KiB` };
    return { ok: true, bytes: buffer.subarray(0, length) };
  } catch (error) {
    return { ok: false, message: `${shown} ${REASONS[errnoOf(error) ?? ""] ?? "can't be read"}` };
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "doesn't exist",
  ENOTDIR: "doesn't exist",
  EACCES: "can't be read: permission denied",
  EISDIR: "is a folder",
  ELOOP: "is a symbolic link",
  ENXIO: "isn't a regular file",
};
