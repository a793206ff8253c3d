// What lives beside a run and isn't needed to build its sandbox: the record, limits that are watched, the control socket, alerts.
// Each is one factory in beside.ts; none knows another. What one of them throws before the command starts, the run doesn't start.
import type { Scope } from "../core/scope.js";
import type { EventBus } from "../events/bus.js";
import type { Artifact, Plan } from "../plan/types.js";
import type { RunExit } from "./outcome.js";
import type { LeaseInfo } from "./secrets.js";

/** Why the supervisor ends a run: somebody asked for it, or a limit was reached. */
export interface EndRequest {
  readonly kind: "stopped" | "limit";
  /** One sentence for the user; `cordon run` says it on stderr. */
  readonly message: string;
  /** Who asked, for the record: `cordon stop, process 4711`. */
  readonly by?: string;
  /** From SIGTERM to the end of everything. Default: five seconds; 0: at once. */
  readonly graceMs?: number;
}

/** A second command in the sandbox, whose `cordon attach` waits at a socket of the host. */
export interface Joining {
  readonly by: string;
  readonly path: string;
  readonly terminal: boolean;
  /** For the record; the one who waits hands it over itself. */
  readonly command: readonly string[];
}

/** What has gone out and come in over the network so far. */
export interface Traffic {
  readonly connections: number;
  readonly uploadedBytes: number;
  readonly downloadedBytes: number;
}

/** What a service may do to its run. */
export interface RunControl {
  /** To the command, as if it were not in a sandbox. Throws a CordonError for a signal that doesn't exist. */
  signal(signal: NodeJS.Signals | number): void;
  /** SIGTERM, and after the grace period the end of everything inside. */
  end(request: EndRequest): void;
  /** Nothing inside runs any more when it settles, until `resume`; the time limit stands still. `by`: who asked, for the record. */
  pause(by: string): Promise<void>;
  resume(by: string): Promise<void>;
  readonly paused: boolean;
  /** Lets the one who waits hand a command over to the sandbox's first process, which confines it as it confined the first. */
  attach(joining: Joining): Promise<void>;
  traffic(): Traffic;
  /** The secrets that the run may use. */
  leases(): readonly LeaseInfo[];
  /** From the next request on. false: the run has no such secret. */
  revokeSecret(name: string, by: string): boolean;
  /** Everything inside stands still for so long, and nobody is told: how a limit of processor time is kept. Not while it is paused. */
  standStill(forMs: number): Promise<void>;
  /** The end of everything inside at once; the run counts as failed (125). For when going on would break a promise. */
  fail(message: string): void;
  /** How it ended; never rejects. */
  readonly exit: Promise<RunExit>;
}

export interface RunContext {
  readonly id: string;
  readonly plan: Plan;
  readonly artifact: Artifact;
  readonly bus: EventBus;
  /** Unwinds after `run.exited`, when everything inside is dead. */
  readonly scope: Scope;
  readonly control: RunControl;
  /** The user's own environment, for keys that Cordon itself uses and for where its folders are; none of it is the command's. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** One line for the user, on the terminal; may come after `run.exited`. */
  readonly notice: (text: string) => void;
}

export interface RunService {
  /**
   * The sandbox is built and its first process waits for its word; `first` is that process in the host's numbering. Called for
   * one service after the other, before `run.started`; the command starts when the last one is done.
   */
  stands?(first: number): void | Promise<void>;
  /** `run.started` was emitted and the command was told to start. */
  went?(): void;
  /** Stops everything inside, or lets it go on. false: it can't here, and SIGSTOP has to do. Asked only after `went`. */
  freeze?(frozen: boolean): Promise<boolean>;
  /** Everything inside is dead, and `run.exited` comes next. What it knows better about the end, it returns. */
  ended?(exit: RunExit): RunExit | Promise<RunExit>;
}

/** Called once the sandbox's process was started, so that loading and opening take no time of the launch. */
export type ServiceFactory = (context: RunContext) => Promise<RunService>;
