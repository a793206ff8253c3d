// What an image shall hold, read from its definition file. Nothing is fetched or built here; a definition that can't be understood
// in every part is refused with a place for each problem.
import { posix } from "node:path";
import { CordonError } from "../core/error.js";
import { summariseDiagnostics } from "../policy/diagnostics.js";
import { readDocument } from "../policy/document.js";
import { diagnosticsOf } from "../policy/issues.js";
import type { Diagnostic } from "../policy/types.js";
import { definitionSchema } from "./definition-schema.js";

export interface DefinitionFile {
  readonly path: string;
  /** As it is written; see `folder`. */
  readonly from: string;
  /** Hexadecimal. */
  readonly sha256: string;
  readonly mode: number;
}

export interface Definition {
  /** With its tag. */
  readonly ref: string;
  readonly debian: {
    readonly packages: readonly string[];
    /** Sources of its own, instead of this host's. */
    readonly source?: {
      readonly mirror: string;
      readonly suite: string;
      readonly components: readonly string[];
      readonly keyring?: string;
    };
  };
  readonly npm: readonly string[];
  readonly files: readonly DefinitionFile[];
  readonly links: Readonly<Record<string, string>>;
  readonly user: { readonly name: string; readonly uid: number };
  readonly env: Readonly<Record<string, string>>;
  readonly command: readonly string[];
}

export type DefinitionResult =
  | { readonly ok: true; readonly definition: Definition }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

export function readDefinition(bytes: Uint8Array, file: string): DefinitionResult {
  const read = readDocument(bytes, file);
  if (!read.ok) return read;
  const { document } = read;
  const checked = definitionSchema.safeParse(document.value);
  if (!checked.success) return { ok: false, diagnostics: diagnosticsOf(checked.error, definitionSchema, document) };
  const { debian = {}, files = [], user = {}, ...written } = checked.data;
  const { mirror, suite, components = ["main"], keyring } = debian;
  if ((mirror === undefined) !== (suite === undefined)) {
    const place = document.keys.get("debian") ?? { file, line: 1, column: 1 };
    const message = "debian.mirror and debian.suite stand together or not at all";
    return { ok: false, diagnostics: [{ severity: "error", place, code: "bad-value", message }] };
  }
  const definition: Definition = {
    ref: tagged(written.name),
    debian: {
      packages: debian.packages ?? [],
      ...(mirror === undefined || suite === undefined
        ? {}
        : { source: { mirror, suite, components, ...(keyring === undefined ? {} : { keyring }) } }),
    },
    npm: written.npm ?? [],
    files: files.map(({ path, from, sha256, mode }) => ({
      path,
      from,
      sha256: sha256.replace(/^sha256:/, ""),
      mode: Number.parseInt(mode ?? "0644", 8),
    })),
    links: written.links ?? {},
    user: { name: user.name ?? "agent", uid: user.uid ?? 1000 },
    env: written.env ?? {},
    command: written.command ?? [],
  };
  return { ok: true, definition };
}

export function requireDefinition(bytes: Uint8Array, file: string, cwd: string): Definition {
  const read = readDefinition(bytes, file);
  if (read.ok) return read.definition;
  throw new CordonError("image-invalid", summariseDiagnostics(read.diagnostics, cwd));
}

/** `localhost/agent:latest` for `localhost/agent`: every image is kept under a full name. */
export function tagged(ref: string): string {
  return /:[^/]+$/.test(ref) ? ref : `${ref}:latest`;
}

/** `agent.lock.json` and `agent.spdx.json` for `agent.yaml`. */
export function besideDefinition(file: string, ending: "lock.json" | "spdx.json"): string {
  const { dir, name } = posix.parse(file);
  return posix.join(dir, `${name}.${ending}`);
}
