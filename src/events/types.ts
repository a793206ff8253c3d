// The event union, written once (CONTRACT, Events). Everything that happens in a run is one of these on one stream.

/** One line of the enforcement table: what was asked for, and what holds it on this host. */
export interface Enforcement {
  readonly control: string;
  /** `enforced`: by the mechanism named. `degraded`: weaker than asked, allowed by --allow-degraded. */
  readonly status: "enforced" | "degraded";
  readonly mechanism: string;
}

interface EventBase {
  /** Counts up from 1 within a run, without gaps. */
  readonly seq: number;
  /** ISO 8601 in UTC with milliseconds. */
  readonly time: string;
  /** The run's id. */
  readonly run: string;
}

/** What each event type carries besides `seq`, `time`, `run` and `type`. */
export interface EventBodies {
  "run.started": {
    readonly name: string;
    readonly backend: string;
    readonly command: readonly string[];
    readonly workspace: string;
    readonly policy: { readonly digest: string; readonly files: readonly string[] };
    readonly plan: string;
    readonly enforcement: readonly Enforcement[];
  };
  /**
   * A program is about to be executed. The process numbers are the kernel's; the rest was read from the caller's memory before the kernel
   * read it again, so a hostile process can make it differ (`advisory`). A script is told by its own name, without its interpreter.
   */
  exec: {
    readonly pid: number;
    readonly parent: number;
    /** As the caller named it; absolute. */
    readonly program: string;
    readonly argv: readonly string[];
    readonly cwd: string;
    /** Something was too long for one record: the rest of it is missing. */
    readonly truncated?: true;
    readonly advisory: true;
  };
  /** A connection, or one request of an inspected or plain HTTP connection (then with `method` and `path`, without its query). */
  "network.allowed": {
    readonly host: string;
    readonly port: number;
    /** The setting that allows it: `network.allow.3`, or `network.mode` when it is open. */
    readonly rule: string;
    /** How the connection came: caught on its way, or by a proxy that the program knew. */
    readonly via?: string;
    readonly method?: string;
    readonly path?: string;
  };
  "network.denied": {
    readonly host: string;
    readonly port: number;
    readonly reason: string;
    /** Stable, for scripts: `no-rule`, `address`, `name-mismatch`, … */
    readonly code?: string;
    readonly rule?: string;
    readonly via?: string;
    readonly method?: string;
    readonly path?: string;
  };
  "dns.denied": { readonly name: string; readonly reason: string };
  /** A decoy was opened. `exact`: the process was seen to wait for this very file; else it is a guess, or nobody can say who it was. */
  "file.canary": {
    readonly path: string;
    readonly pid?: number;
    readonly program?: string;
    readonly exact: boolean;
  };
  /** A name that the policy protects or denies was to be written, or appeared from outside and was masked. */
  "file.protected": {
    readonly path: string;
    readonly operation: string;
    readonly pid?: number;
    readonly action: "refused" | "masked";
  };
  "secret.used": { readonly name: string; readonly host: string };
  /** From here on the secret isn't put into any request of the run. */
  "secret.revoked": { readonly name: string; readonly by: string };
  /** A limit of the policy was reached: `limit` is its key, `value` what the policy says, both in the key's unit (bytes, ms, count, %). */
  "limit.hit": {
    readonly limit: string;
    readonly value: number;
    /** How much it was, where that is known. */
    readonly used?: number;
    /** How often since the last event of this kind, where it was more than once. */
    readonly times?: number;
    /** The process that most of it belongs to, in the host's numbering, and its name. */
    readonly pid?: number;
    readonly program?: string;
    /** `refused`: the call failed. `killed`: the kernel ended a process. `throttled`: made slower. `stopped`: the run was ended. */
    readonly action: "refused" | "killed" | "throttled" | "stopped";
  };
  "approval.asked": { readonly id: string; readonly question: string };
  "approval.answered": { readonly id: string; readonly answer: string };
  alert: {
    readonly on: string;
    readonly message: string;
    /** Which of the policy's alerts: `alerts.0`; absent for what Cordon tells by itself. */
    readonly rule?: string;
    /** What is done about it. */
    readonly do?: readonly string[];
  };
  /** Everything inside stands still. `by` says who asked. A program can get round signals if it means to, round a control group not. */
  "run.paused": { readonly by: string; readonly mechanism: "control-group" | "signals" };
  "run.resumed": { readonly by: string };
  /** A second command joins the sandbox, by `cordon attach`. */
  "run.attached": { readonly by: string; readonly command: readonly string[]; readonly terminal: boolean };
  /** Somebody asked for the run's end. */
  "run.stopping": { readonly by: string; readonly reason: string };
  /** `code` is the exit status that `cordon run` reports; `signal` names the signal that ended the command, if one did. */
  "run.exited": {
    readonly code: number;
    readonly signal?: string;
    readonly reason: "exit" | "signal" | "time-limit" | "limit" | "stopped" | "failed";
    readonly durationMs: number;
  };
}

export type EventType = keyof EventBodies;

/** An event before the stream gives it its number and time. */
export type EventDraft = { [T in EventType]: { readonly type: T } & EventBodies[T] }[EventType];

export type Event = EventBase & EventDraft;
