// A Plan is all decisions made: frozen plain data with a digest, nothing left to resolve or to default. A backend turns it
// into a Launch by clauses; each clause says which control it enforces by which mechanism, from the same function that
// emits the flags, so that the enforcement table can't drift from the command line.

import type { Enforcement } from "../events/types.js";
import type { GroupWay, HostFacts } from "../host/types.js";
import type { AlertRule, AllowRule, DenyRule, Settings, ShipSetting } from "../policy/types.js";
import type { PlannedSecret, PlannedSshKeys } from "./secret.js";

export type Mount =
  | {
      readonly kind: "tmpfs";
      readonly target: string;
      readonly mode: number;
      readonly sizeBytes: number;
      readonly exec: boolean;
      /** Sealed read-only once the tree below it is complete. */ readonly readOnly: boolean;
    }
  | {
      readonly kind: "bind";
      readonly source: string;
      readonly target: string;
      readonly access: "read" | "write";
      readonly exec: boolean;
      /** What `source` is, decided at planning; the launcher refuses when it is something else by then. */
      readonly type: "file" | "directory" | "socket" | "device";
      /** Why it is there, for `explain`: `system`, `workspace`, `filesystem.read.0`, `command`, … */
      readonly origin: string;
    }
  | { readonly kind: "directory"; readonly target: string; readonly mode: number }
  | { readonly kind: "file"; readonly target: string; readonly mode: number; readonly content: string }
  /** A file that only the run knows: certificates of its own authority beside the system's, decoys. */
  | {
      readonly kind: "run-file";
      readonly target: string;
      readonly mode: number;
      readonly content: RunContent;
    }
  | { readonly kind: "symlink"; readonly target: string; readonly value: string }
  /** Hides an existing file or directory: unreadable and empty. */
  | {
      readonly kind: "mask";
      readonly target: string;
      readonly origin: string;
      /** What was there at planning; absent: nothing yet. */
      readonly type?: "file" | "directory";
    }
  | { readonly kind: "proc"; readonly target: string }
  | { readonly kind: "dev"; readonly target: string };

/** A name that creating and writing calls are judged by, below the guarded roots. */
export interface GuardedName {
  /** `protect`: may be read, never created, written, moved or removed. `deny`: hidden as well.
   *  `git-config`: like protect, but a new version may be moved into place when its content is harmless. */
  readonly kind: "protect" | "deny" | "git-config";
  /** Path components; `*` and `?` within one, `**` for any number. */
  readonly components: readonly string[];
  /** Absolute directory that it is anchored to, or undefined: at any depth. */
  readonly anchor?: string;
  readonly origin: string;
}

/** A socket that cordon-init opens in the sandbox's network namespace and hands to the supervisor. */
export interface Listener {
  readonly id: string;
  readonly protocol: "tcp" | "udp";
  readonly address: string;
  readonly port: number;
  /** IP_TRANSPARENT: it takes connections to every address and port that the capture rules lead to it (ip(7)). */
  readonly transparent: boolean;
  /** `capture`: the destination is the socket's own local address. `http`, `socks`: the client names it. `forward`: `to` is it. */
  readonly role: "capture" | "http" | "socks" | "dns" | "forward";
  readonly to?: { readonly host: string; readonly port: number };
  readonly origin: string;
}

/** One line of `network.allow`, ready to be decided by. A `github` rule becomes one rule for each host it needs. */
export interface NetworkRule extends Omit<AllowRule, "filter"> {
  /** `network.allow.3`. */
  readonly origin: string;
  /** `file:line:column`, or the option's name: what an agent is told to show its user. */
  readonly place: string;
  readonly filter: NonNullable<AllowRule["filter"]>;
}

export interface NetworkDeny extends DenyRule {
  readonly origin: string;
  readonly place: string;
}

export interface PlannedNetwork {
  readonly mode: "none" | "allowlist" | "open";
  readonly rules: readonly NetworkRule[];
  readonly deny: readonly NetworkDeny[];
  readonly limits: Settings["network"]["limits"];
  readonly patterns: readonly string[];
  /** The host's own bundle of certificates. */
  readonly systemCa?: string;
  /** PEM files of the host with more authorities: the policy's and those of the user's own variables. Trusted inside as well. */
  readonly upstreamCa: readonly string[];
  /** RPZ files of the host. */
  readonly blocklists: readonly string[];
  /** How connections of programs that know no proxy come to the supervisor. */
  readonly capture: "none" | "transparent" | "ports";
  /** Some rule opens TLS: the run gets an authority of its own, trusted inside only. */
  readonly inspects: boolean;
  /** Host patterns of secrets; TLS to them is always opened, plain HTTP refused. Absent: there is no secret. */
  readonly secretHosts?: readonly string[];
  readonly listeners: readonly Listener[];
  readonly publish: readonly { readonly hostPort: number; readonly port: number; readonly origin: string }[];
  /** Sockets of the host that are visible inside at `target`, each through a socket of the supervisor's own. */
  readonly sockets: readonly PlannedSocket[];
}

export interface PlannedSocket {
  readonly source: string;
  readonly target: string;
  readonly origin: string;
  /** The user's ssh-agent, of which only this may be used. `source` is no socket then: whoever has only the plan has no agent. */
  readonly ssh?: readonly PlannedSshKeys[];
  readonly agent?: string;
}

export interface Plan {
  readonly version: 1;
  readonly name: string;
  readonly backend: string;
  /** Where its programs come from, when it isn't the host. */
  readonly image?: { readonly ref: string; readonly digest: string };
  readonly policy: { readonly digest: string; readonly files: readonly string[] };
  readonly command: {
    readonly argv: readonly string[];
    /** Inside. */
    readonly cwd: string;
    readonly env: Readonly<Record<string, string>>;
    readonly umask: number;
  };
  readonly identity: {
    /** Inside the user namespace. */
    readonly uid: number;
    readonly gid: number;
    /** The same ids as the host sees them: the user's own, or unprivileged ones when Cordon runs as root. */
    readonly hostUid: number;
    readonly hostGid: number;
    /** Owner of granted files that appears as `uid` inside by an idmapped mount (only when run by root), else undefined. */
    readonly mapOwner?: { readonly uid: number; readonly gid: number };
    readonly user: string;
    readonly home: string;
    readonly hostname: string;
  };
  readonly workspace: { readonly source: string; readonly target: string; readonly mode: "read" | "write" };
  readonly home:
    | { readonly mode: "private" }
    | {
        readonly mode: "persistent";
        /** Made by the supervisor before the launch when it is missing, 0700. */
        readonly source: string;
        /** What must be there below `source` for mounts in the home; made like it, component by component without following links. */
        readonly mountPoints?: readonly {
          readonly path: string;
          readonly type: "file" | "directory" | "symlink";
          readonly value?: string;
        }[];
      };
  /** In the order they are made; a later one covers an earlier one. */
  readonly mounts: readonly Mount[];
  readonly guard: {
    /** Writable trees of the host, as seen inside: every change in them by path is judged by name. */
    readonly roots: readonly string[];
    readonly names: readonly GuardedName[];
    /** Floating deny globs to watch for on the host, with the host trees to watch. */
    readonly watch: readonly { readonly source: string; readonly target: string }[];
  };
  readonly seccomp: { readonly profile: "default" | "strict" } | { readonly file: string; readonly oci: unknown };
  readonly nested: boolean;
  readonly record: { /** Each program that is executed, before it runs. */ readonly exec: boolean };
  readonly limits: {
    readonly memoryBytes?: number;
    readonly pids?: number;
    readonly files?: number;
    readonly timeMs?: number;
    /** Processors: 1.5 for `150%`. */
    readonly cpu?: number;
    readonly diskBytes?: number;
  };
  readonly network: PlannedNetwork;
  /** Absent: there is none. */
  readonly secrets?: readonly PlannedSecret[];
  /** The record of the run: where it is kept, and what happens when it can't be. */
  readonly audit: {
    readonly dir: string;
    readonly onFailure: "stop" | "continue";
    readonly sync: "off" | "periodic" | "always";
    readonly rotate: { readonly sizeBytes: number; readonly ageMs: number };
    /** Where each line goes besides. */
    readonly ship: readonly ShipSetting[];
  };
  readonly alerts: readonly AlertRule[];
  /** Ids out of the control table (plan/controls.ts) that this policy asks for. */
  readonly controls: readonly string[];
  /** sha256 over everything above. */
  readonly digest: string;
}

/** What a clause adds to a launch. */
export interface Fragment {
  readonly argv?: readonly string[];
  readonly files?: readonly ArtifactFile[];
  readonly env?: Readonly<Record<string, string>>;
  /** Backend-specific pieces (the native backend's ops). */
  readonly ops?: readonly Op[];
  readonly services?: readonly Service[];
  /** Controls that this fragment enforces, and how. */
  readonly enforces?: readonly { readonly control: string; readonly mechanism: string; readonly degraded?: boolean }[];
  /** Controls that it would be responsible for but can't enforce on this host. */
  readonly cannot?: readonly { readonly control: string; readonly reason: string }[];
}

export type Clause = (plan: Plan, facts: HostFacts) => Fragment;

/** A typed step for cordon-init; native/PROTOCOL.md describes each. Fields are numbers (u64), text (no NUL) or bytes. */
export interface Op {
  readonly op: string;
  readonly fields: readonly (number | bigint | string | Uint8Array)[];
  /** The run fills in what it alone knows: the last field, for a socket (named by its origin) the first, for a secret its placeholder, for an id a part of a word. */
  readonly slot?: RunContent | "run-id" | `socket:${string}` | `secret:${string}`;
}

/** What only a run knows: its authority's certificate, that one beside the system's, both as Java wants them, decoys, and logins with placeholders. */
export type RunContent = Certificates | `decoy:${DecoyName}` | `login:${string}`;
export type Certificates = "authority" | "bundle" | "java-trust-store";
export type DecoyName = "ssh-key" | "aws" | "netrc" | "github" | "browser" | "wallet";

/** Something of the supervisor that must run beside the sandbox. */
export type Service = { readonly kind: "egress" } | { readonly kind: "name-watch" } | LimitsService;

/** Limits that somebody outside holds or at least has to tell of: a control group, and where there is none, the supervisor. */
export interface LimitsService {
  readonly kind: "limits";
  readonly group?: GroupWay;
  /** What the group holds. */
  readonly held: { readonly memoryBytes?: number; readonly pids?: number; readonly cpu?: number };
  /** What the supervisor watches, and ends or slows the run for. */
  readonly watched: { readonly memoryBytes?: number; readonly cpu?: number; readonly diskBytes?: number };
  /** What the kernel refuses by itself, in the command's own limits; the supervisor only tells of it. */
  readonly told: { readonly pids?: number };
}

export interface ArtifactFile {
  readonly path: string;
  readonly mode: number;
  readonly content: string;
}

/** A launch as plain, printable data. */
export interface Artifact {
  readonly backend: string;
  readonly files: readonly ArtifactFile[];
  readonly prepare: readonly (readonly string[])[];
  /** Program and arguments; `ops` go to it on a descriptor. */
  readonly main: {
    readonly argv: readonly string[];
    readonly env: Readonly<Record<string, string>>;
    readonly ops: readonly Op[];
  };
  readonly cleanup: readonly (readonly string[])[];
  readonly services: readonly Service[];
  readonly enforcement: readonly Enforcement[];
  readonly unenforced: readonly { readonly control: string; readonly reason: string }[];
  /** Why no second command can join. */
  readonly closed?: string;
  /** Why it can't be started here at all, whatever is allowed to be weaker. */
  readonly obstacle?: {
    readonly code: "host-unsupported" | "init-missing";
    readonly reason: string;
    readonly hint: string;
  };
}

export interface Backend {
  readonly name: string;
  /** The program of the host that makes its wall; none: cordon-init itself. */
  readonly tool?: string;
  readonly clauses: readonly Clause[];
  assemble(plan: Plan, facts: HostFacts): Artifact;
}
