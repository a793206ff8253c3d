// One policy file's bytes to validated data, as it is written: nothing is merged, defaulted or read from disk here.
// The YAML parser and the schema are loaded on first use, so that a run without a file never pays for them.
import type { Document } from "./document.js";
import type { Written } from "./schema/policy.js";
import type { Diagnostic, Place } from "./types.js";

export function startOf(file: string): Place {
  return { file, line: 1, column: 1 };
}

/** Whether an entry of `extends` means a file, and not a built-in profile. */
export function namesFile(entry: string): boolean {
  return /[/~]|\.(?:ya?ml|json)$/.test(entry);
}

export type ParseResult =
  | { readonly ok: true; readonly document: Document; readonly written: Written }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** One file's bytes, read and held against the schema; nothing is merged. */
export async function parsePolicy(bytes: Uint8Array, file: string): Promise<ParseResult> {
  const { readDocument } = await import("./document.js");
  const read = readDocument(bytes, file);
  return read.ok ? validate(read.document, "file") : read;
}

/** Data held against the schema; `part`: what an option adds, which needs no version. */
export async function validate(document: Document, kind: "file" | "part"): Promise<ParseResult> {
  const [{ policySchema }, { diagnosticsOf }] = await Promise.all([
    import("./schema/policy.js"),
    import("./issues.js"),
  ]);
  const checked = policySchema.safeParse(document.value);
  const diagnostics = checked.success ? [] : diagnosticsOf(checked.error, policySchema, document);
  if (diagnostics.length > 0 || !checked.success) return { ok: false, diagnostics };
  if (kind === "file" && checked.data.version === undefined) {
    const message = "version is missing; a policy begins with version: 1";
    return {
      ok: false,
      diagnostics: [{ severity: "error", place: startOf(document.file), code: "bad-value", message }],
    };
  }
  return { ok: true, document, written: checked.data };
}
