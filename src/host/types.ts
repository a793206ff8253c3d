// What is true of this host. Facts are data: probes make them (host/probe), tests make them up.

export interface Tool {
  readonly path: string;
  readonly version?: string;
}

/** Another program that makes a sandbox, as it was tried here. */
export interface WallTool extends Tool {
  /** Why it can't be used, when it can't. */
  readonly obstacle?: string;
  readonly fix?: string;
  /** What it has to be told on this host, and by which environment. */
  readonly words?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** A folder of Cordon's own that it works in. */
  readonly folder?: string;
  /** Controllers of control groups that it can limit its sandboxes by. */
  readonly controllers?: readonly string[];
}

/** How a control group for one run is made here. */
export type GroupWay =
  /** A new folder below `parent`. `stepAside`: `parent` is our own group, which we have to leave before it may have children. */
  | { readonly kind: "unified"; readonly parent: string; readonly stepAside: boolean }
  /** systemd makes a scope and puts the process into it; `bus` is its address for `busctl`. */
  | { readonly kind: "systemd"; readonly manager: "user" | "system"; readonly busctl: string; readonly bus: string }
  /** Whoever made the wall has put the run into one with its limits. */
  | { readonly kind: "service" }
  /** A new folder below ours in the hierarchy of each controller. */
  | { readonly kind: "legacy"; readonly parents: Readonly<Record<string, string>> };

export interface HostFacts {
  readonly kernel: { readonly release: string; readonly architecture: "x64" | "arm64" };
  /** The invoking user. `uid` 0 means Cordon runs the command under an unprivileged id. */
  readonly user: {
    readonly uid: number;
    readonly gid: number;
    readonly name: string;
    readonly home: string;
    /** Set when root was reached by sudo. */
    readonly sudoUid?: number;
    readonly sudoGid?: number;
  };
  readonly namespaces: {
    /** Whether an unprivileged (or root) process of ours could really make user + mount + pid + net namespaces. */
    readonly usable: boolean;
    /** Why not, and the scoped fix, when not usable. */
    readonly reason?: string;
    readonly fix?: string;
    /** A fresh procfs could be mounted in them. */
    readonly proc: boolean;
    readonly time: boolean;
  };
  readonly landlock: { /** 0: not there. */ readonly abi: number };
  readonly seccomp: {
    readonly filter: boolean;
    readonly userNotify: boolean;
    /** SECCOMP_ADDFD_FLAG_SEND, Linux 5.14. */
    readonly addfdSend: boolean;
    /** SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, Linux 5.19. */
    readonly waitKillable: boolean;
  };
  readonly mounts: {
    /** mount_setattr, Linux 5.12. */ readonly setattr: boolean;
    readonly idmapped: boolean;
    readonly overlay: boolean;
  };
  readonly netfilter: { /** nf_tables in a new network namespace. */ readonly nfTables: boolean };
  readonly cgroup: {
    readonly layout: "v2" | "hybrid" | "v1" | "none";
    /** Controllers that Cordon could use for a run: delegated on v2, or writable v1 hierarchies. */
    readonly controllers: readonly string[];
    readonly delegated: boolean;
    /** How a run gets a group of its own with these controllers; undefined: not at all. */
    readonly way?: GroupWay;
  };
  readonly lsm: readonly string[];
  readonly container: string | undefined;
  readonly tools: Readonly<Record<string, Tool>>;
  /** By the program's name: those that were asked for and started on trial. */
  readonly walls?: Readonly<Record<string, WallTool>>;
  /** The cordon-init binary that would be used. */
  readonly init: { readonly path: string; readonly digest: string } | undefined;
}

/** File look-ups that planning needs, so that planning itself stays pure: the real ones are in `host/view`, tests fake them. */
export interface HostView {
  readonly facts: HostFacts;
  /** lstat; undefined when absent or not reachable. */
  kind(path: string): "file" | "directory" | "symlink" | "socket" | "other" | undefined;
  /** realpath(3); undefined when any component is missing. */
  real(path: string): string | undefined;
  readLink(path: string): string | undefined;
  /** Names in a directory, unsorted; empty when it can't be read. */
  list(path: string): readonly string[];
  /** A small text file, at most `maxBytes` (default 64 KiB); undefined when absent, larger or unreadable. */
  text(path: string, maxBytes?: number): string | undefined;
  /** Owner of the real file. */
  owner(path: string): { readonly uid: number; readonly gid: number } | undefined;
  /** First executable of that name on the user's PATH. */
  which(name: string): string | undefined;
  /** The user's environment (never the sandbox's). */
  env(name: string): string | undefined;
  /** Names of the user's variables, for `process.env.pass` globs such as `LC_*`. */
  envNames?(): readonly string[];
  /**
   * Every path at or below `root` for which `match` says yes, without following links and without crossing into other
   * file systems' pseudo mounts. Visits every entry: a rule is never skipped because a tree is large. A folder whose path is too
   * long to be opened isn't visited; with `tooDeepMatches` it counts as a match.
   */
  walk(
    root: string,
    match: (path: string, isDirectory: boolean) => boolean,
    options?: { readonly tooDeepMatches?: boolean },
  ): readonly string[];
}
