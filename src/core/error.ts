// The one error class. It carries what a person needs: a stable code, what happened, where, and what to do next.
// It must never be shown with a stack trace; `cli/main` turns it into one line and exit status 125.

/** Stable error codes; docs/errors.md is generated from this table. */
export const ERROR_CODES = {
  usage: "The command line can't be understood.",
  "policy-invalid": "The policy file has problems; each is listed with its file, line and column.",
  "policy-untrusted": "The workspace's cordon.yaml isn't trusted as it stands now.",
  "policy-missing": "The named policy file or profile doesn't exist or can't be read.",
  "control-unenforced": "A control that the policy asks for can't be enforced here.",
  "workspace-refused": "The workspace can't be used safely.",
  "path-refused": "A path that the policy grants can't be granted.",
  "host-unsupported": "This host lacks something that Cordon needs.",
  "init-missing": "The cordon-init program is missing or was changed.",
  "launch-failed": "The sandbox couldn't be built.",
  "run-unknown": "There is no such run, or more than one that could be meant.",
  "run-refused": "A running sandbox can't do now what it was asked for.",
  "not-implemented": "The policy or command line asks for something this version can't do yet.",
  "secret-unavailable": "A secret of the policy can't be had from its source.",
  "secret-exposed": "The value of a secret would be handed to the command.",
  "audit-failed": "The record of the run can't be kept.",
  "audit-unreadable": "A record can't be read.",
  "export-refused":
    "What the policy asks for can't be written in the syntax of the system it is exported to, or the files can't be written.",
  "image-invalid": "An image's definition or lock file has problems.",
  "image-missing": "There is no such image, or its definition can't be read.",
  "image-failed": "An image couldn't be built.",
  "image-changed": "An image, or what it is built of, isn't what its digest says.",
  "image-untrusted": "An image isn't pinned or signed as the policy asks.",
  internal: "Cordon itself failed; this is a bug.",
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface ErrorDetails {
  /** What to do next, one sentence. */
  readonly hint?: string;
  /** Where: `file:line:column`, a path, or an option's name. */
  readonly place?: string;
  readonly cause?: unknown;
}

export class CordonError extends Error {
  override readonly name = "CordonError";
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly place: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
    this.place = details.place;
  }

  /** The error as one line without terminal control characters being added: `place: message. hint`. */
  toLine(): string {
    const where = this.place === undefined ? "" : `${this.place}: `;
    const next = this.hint === undefined ? "" : ` (${this.hint})`;
    return `${where}${this.message}${next}`;
  }
}

/** The errno code of a Node system error (`ENOENT`), or undefined for anything else. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Ends an exhaustive `switch`: a new union member that isn't handled fails to compile. */
export function unreachable(value: never): never {
  throw new CordonError("internal", `unexpected value ${JSON.stringify(value)}`);
}
