// What a policy says once it is read: defaults filled, units parsed, every path absolute or a floating glob, and for each
// value the place it came from. Nothing here knows about this host.
import type { ShipAddress } from "./shipping.js";

/** Where a value was written. `file` is a path, `built-in:NAME` for a profile, or the option's name (`--allow`). Both 1-based. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One problem of a policy; `check` prints each as `file:line:column: severity: message`. */
export interface Diagnostic {
  readonly severity: "error" | "warning";
  readonly place: Place;
  /** Stable, for scripts: `unknown-key`, `bad-value`, `yaml`, `extends-cycle`, … */
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** Dotted path of a setting: `network.allow.0.host`. */
export type SettingPath = string;

export type BackendName =
  | "auto"
  | "native"
  | "bubblewrap"
  | "firejail"
  | "unshare"
  | "podman"
  | "systemd"
  | "gvisor"
  | "microvm";

/** Absolute path, or glob of absolute form (`/home/a/x/*.pem`), or floating glob that begins with a double star and a slash. */
export type PathPattern = string;

export interface RateSetting {
  readonly count: number;
  readonly perMs: number;
}

export interface AllowRule {
  /** As written but lower case; `*.example.org` for one or more labels. */
  readonly host: string;
  /** Default 80 and 443. */
  readonly ports: readonly number[];
  readonly methods?: readonly string[];
  readonly paths?: readonly string[];
  readonly inspect: boolean;
  readonly rate?: RateSetting;
  readonly maxUploadBytes?: number;
  /** An explicit upstream for this name; the only way to a private address. */
  readonly connect?: { readonly unix: string } | { readonly host: string; readonly port: number };
  readonly secret?: string;
  readonly filter?: "block" | "alert" | "off";
  readonly github?: { readonly repository: string; readonly access: "read" | "push" };
}

export interface DenyRule {
  readonly host: string;
  /** Empty: every port. */
  readonly ports: readonly number[];
}

/** `notify`, `pause`, `stop`, `webhook` (the one of `audit.ship`) or `webhook:URL`. */
export type AlertAction = string;

/** Something happens in a run, or happens too often. */
export interface EventAlert {
  /** An event's type. */
  readonly on: string;
  readonly over?: RateSetting;
  /** Only events with such a host, or such a path. */
  readonly host?: string;
  readonly path?: PathPattern;
  readonly do: readonly AlertAction[];
}

/** A run uses more than so much for some time. */
export interface UseAlert {
  readonly on: "cpu" | "memory";
  /** For `cpu` in processors; for `memory` as a part of the limit, or of the computer's memory when there is none. */
  readonly above: { readonly share: number } | { readonly bytes: number };
  readonly forMs: number;
  readonly do: readonly AlertAction[];
}

export type AlertRule = EventAlert | UseAlert;

/** One receiver of the record. */
export interface ShipSetting {
  readonly to: ShipAddress;
  /** Where keys come from: `env:NAME` or `file:PATH`. Never their values. */
  readonly headersFrom?: string;
  readonly secret?: string;
  readonly ca?: string;
  readonly batch: number;
  readonly spoolBytes: number;
}

export interface SecretSetting {
  readonly from: string;
  readonly env?: string;
  readonly hosts: readonly string[];
  readonly ttlMs?: number;
  /** Without a value the run goes on without it. */
  readonly optional: boolean;
  readonly requests?: number;
  readonly tokens?: number;
  readonly methods?: readonly string[];
  readonly paths?: readonly string[];
  readonly places: readonly ("header" | "query" | "body" | "path")[];
  /** A login whose tokens stay outside. */
  readonly oauth?: LoginSetting;
  /** It signs requests, and is never sent: the id is another secret. */
  readonly aws?: { readonly id: string };
  /** Keys of the user's ssh-agent. */
  readonly ssh?: {
    readonly keys: readonly string[];
    readonly confirm: boolean;
    /** Instead of the user's own and the system's. */
    readonly knownHosts?: readonly string[];
  };
}

/** Members are named by their keys from the outermost object on, with dots between. */
export interface LoginSetting {
  /** Where tokens are given out. */
  readonly endpoints: readonly { readonly host: string; readonly path: string }[];
  /** Where the program keeps its login. */
  readonly file?: string;
  /** The user's own file is used when it is there. */
  readonly share: boolean;
  readonly access?: string;
  readonly refresh?: string;
  readonly id?: string;
  readonly expires?: string;
  readonly refreshed?: string;
  readonly keep: readonly string[];
}

/** Every key of CONTRACT's cordon.yaml, with defaults. Optional members have no default: absent means "not asked for". */
export interface Settings {
  readonly version: 1;
  readonly name: string;
  readonly backend: BackendName;
  readonly workspace: {
    readonly path: string;
    readonly mount?: string;
    readonly mode: "read" | "write" | "overlay";
    /** Names, relative to any directory of the workspace: `.git/hooks`. `*` matches within one component, `**` any number. */
    readonly protect: readonly string[];
  };
  readonly filesystem: {
    readonly system: "host" | "image";
    readonly read: readonly PathPattern[];
    readonly write: readonly PathPattern[];
    readonly deny: readonly PathPattern[];
    readonly home: "private" | "persistent";
    readonly tmp: { readonly sizeBytes: number; readonly exec: boolean };
    /** Texts of files by their path below /etc. */
    readonly etc: Readonly<Record<string, string>>;
    readonly canaries: boolean;
  };
  readonly network: {
    readonly mode: "none" | "allowlist" | "open";
    readonly allow: readonly AllowRule[];
    readonly deny: readonly DenyRule[];
    readonly limits: {
      readonly requests?: RateSetting;
      readonly uploadBytes?: number;
      readonly downloadBytes?: number;
      readonly connections?: number;
    };
    readonly filter: { readonly secrets: "block" | "alert" | "off"; readonly patterns: readonly string[] };
    readonly upstreamCa: readonly string[];
    readonly dns: { readonly blocklists: readonly string[] };
    readonly forward: readonly { readonly host: string; readonly port: number }[];
    readonly publish: readonly { readonly hostPort: number; readonly port: number }[];
    readonly sockets: readonly string[];
  };
  readonly secrets: Readonly<Record<string, SecretSetting>>;
  readonly process: {
    readonly env: { readonly pass: readonly string[]; readonly set: Readonly<Record<string, string>> };
    /** `default`, `strict`, or the absolute path of an OCI seccomp JSON file. */
    readonly seccomp: string;
    readonly nested: boolean;
  };
  readonly limits: {
    readonly memoryBytes?: number;
    /** Processors: 2 for `200%`. */
    readonly cpu?: number;
    readonly pids?: number;
    readonly files?: number;
    readonly diskBytes?: number;
    readonly timeMs?: number;
  };
  readonly gui: { readonly mode: "none" | "x11" | "wayland"; readonly width: number; readonly height: number };
  readonly devices: { readonly gpu: boolean; readonly audio: boolean; readonly camera: boolean };
  readonly image?: { readonly ref: string; readonly digest?: string; readonly verify?: { readonly key: string } };
  readonly approvals: {
    readonly network: "allow" | "deny" | "ask";
    readonly exec: "allow" | "deny" | "ask";
    readonly timeoutMs: number;
  };
  readonly audit: {
    readonly dir: string;
    readonly onFailure: "stop" | "continue";
    readonly sync: "off" | "periodic" | "always";
    readonly rotate: { readonly sizeBytes: number; readonly ageMs: number };
    readonly ship: readonly ShipSetting[];
  };
  readonly alerts: readonly AlertRule[];
}

/** A file (or profile, or the command line) that took part in a policy, in the order of merging. */
export interface PolicySource {
  readonly file: string;
  /** sha256 of its exact bytes. */
  readonly digest: string;
}

export interface Policy {
  readonly settings: Settings;
  /** For each setting that somebody wrote, where: the innermost path that has a place answers for what lies below it. */
  readonly places: ReadonlyMap<SettingPath, Place>;
  readonly sources: readonly PolicySource[];
  /** Digest over the settings and sources. */
  readonly digest: string;
}

/** The place of a setting, or of the nearest enclosing one that was written; undefined when it is a default. */
export function placeOf(policy: Policy, path: SettingPath): Place | undefined {
  for (let at = path; at !== ""; at = at.slice(0, Math.max(0, at.lastIndexOf(".")))) {
    const place = policy.places.get(at);
    if (place !== undefined) return place;
  }
  return undefined;
}

export function formatPlace(place: Place): string {
  return place.file.startsWith("--") ? place.file : `${place.file}:${place.line}:${place.column}`;
}
