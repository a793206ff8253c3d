// What the lint rules work with and give back. Pure.
import { type Place, type Policy, placeOf, type Settings } from "../types.js";

export interface Finding {
  readonly severity: "error" | "warning";
  /** The setting it is about. */
  readonly path: string;
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

export type Findings = Iterable<Finding>;

export class LintContext {
  readonly settings: Settings;
  readonly home: string;
  readonly #policy: Policy;

  constructor(policy: Policy, home: string) {
    this.#policy = policy;
    this.settings = policy.settings;
    this.home = home;
  }

  place(path: string): Place {
    return placeOf(this.#policy, path) ?? { file: "built-in:default", line: 1, column: 1 };
  }

  /** Somebody wrote it: a file, a profile or an option. */
  isWritten(path: string): boolean {
    return this.#policy.places.has(path);
  }

  /** A path of the tables in sensitive.ts, absolute. */
  absolute(path: string): string {
    return path.startsWith("/") ? path : `${this.home}/${path}`;
  }
}

/** Whether `path` is `folder` or lies in it. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === "/" ? "/" : `${folder}/`);
}
