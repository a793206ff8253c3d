// What every step of planning is handed: the policy, the view of the host, the request, and where to put problems and notes.
import type { HostView } from "../../host/types.js";
import {
  type Diagnostic,
  type Place,
  type Policy,
  placeOf,
  type SettingPath,
  type Settings,
} from "../../policy/types.js";
import type { Plan } from "../types.js";

/** An image's files, verified and unpacked below Cordon's own state, for `filesystem.system: image`. */
export interface SystemImage {
  readonly ref: string;
  readonly digest: string;
  /** The host's folder with the image's tree. */
  readonly root: string;
  /** The image's own variables. */
  readonly env: Readonly<Record<string, string>>;
}

export interface ResolveRequest {
  readonly command: readonly string[];
  /** On the host. */
  readonly cwd: string;
  readonly name?: string;
  readonly backend: string;
  readonly image?: SystemImage;
}

export type ResolveResult =
  | { readonly ok: true; readonly plan: Plan; readonly notes: readonly string[] }
  | { readonly ok: false; readonly problems: readonly Diagnostic[] };

export interface ProblemText {
  readonly code:
    | "not-implemented"
    | "path-missing"
    | "path-refused"
    | "workspace-refused"
    | "bad-value"
    | "secret-unavailable";
  readonly message: string;
  readonly hint?: string;
}

export interface Planning {
  readonly policy: Policy;
  readonly settings: Settings;
  readonly view: HostView;
  /** Where the programs come from: the host's own tree, or an image's. */
  readonly systemView: HostView;
  readonly request: ResolveRequest;
  readonly findings: Findings;
}

/** Where a problem of something that nobody wrote is put right. */
const DEFAULTS: Place = { file: "built-in:default", line: 1, column: 1 };
const CURRENT_FOLDER: Place = { file: "--workspace", line: 1, column: 1 };

export class Findings {
  readonly problems: Diagnostic[] = [];
  readonly notes: string[] = [];
  readonly #policy: Policy;

  constructor(policy: Policy) {
    this.#policy = policy;
  }

  problem(setting: SettingPath, text: ProblemText): void {
    const unwritten = setting === "workspace.path" && !this.#policy.places.has(setting);
    const place = unwritten ? CURRENT_FOLDER : (placeOf(this.#policy, setting) ?? DEFAULTS);
    this.problems.push({ severity: "error", place, ...text });
  }

  note(text: string): void {
    if (!this.notes.includes(text)) this.notes.push(text);
  }
}

/** The line that decided a setting, unless it is as it is by default. */
export function writtenPlace(policy: Policy, setting: SettingPath): Place | undefined {
  const place = placeOf(policy, setting);
  return place?.file === DEFAULTS.file ? undefined : place;
}

/** Whether a setting comes from a built-in profile, which can't know what this host has. */
export function isBuiltIn(policy: Policy, setting: SettingPath): boolean {
  return placeOf(policy, setting)?.file.startsWith("built-in:") ?? true;
}

/** A granted host tree or file: where it really is, how it was named, and where it appears. */
export interface Grant {
  readonly source: string;
  readonly named: string;
  readonly target: string;
  readonly access: "read" | "write";
  readonly type: "file" | "directory" | "socket";
  readonly origin: SettingPath;
}
