// The words of breakout: what an attack is, what one attempt showed, what a control's verdict is. An attack is data and small functions; it
// never starts anything itself.
import type { Plan } from "../plan/types.js";
import type { Settings } from "../policy/types.js";
import type { FaultResult } from "./faults/types.js";

export type Severity = "critical" | "high" | "medium" | "low";

/** How the same script is shown to work where nothing forbids it. */
export type Baseline =
  /** As the same user, without any sandbox. */
  | { readonly kind: "plain" }
  /** In namespaces of its own, in which it has every right and can touch nothing of the host. */
  | { readonly kind: "namespaces" }
  | { readonly kind: "none"; readonly reason: string };

export interface Attack {
  /** `group/name`, and the file that it is in. */
  readonly id: string;
  /** Id out of the table of controls. */
  readonly control: string;
  readonly severity: Severity;
  /** Numbers of THREATS: `H5`. */
  readonly threats: readonly string[];
  /** For a person: what is tried. */
  readonly sentence: string;
  /** POSIX sh. The coordinates of the staged world are variables in it (stage/variables.ts); a secret never is. */
  readonly inside: string;
  readonly judge: Judge;
  readonly baseline: Baseline;
  /** Makes the policy under attack stricter or adds a staged stand-in, so that the attack stays small. */
  readonly tweak?: (settings: Settings, stage: TweakStage) => Settings;
  /** Why it can't be tried under this plan, or undefined. */
  readonly obstacle?: (plan: Plan) => string | undefined;
  /** It speaks of a policy: another sandbox, which has none, isn't attacked with it. */
  readonly policyOnly?: boolean;
  /** The sandbox is started by a careless caller, with a file and a folder of the host open. */
  readonly leaks?: boolean;
  /** The sandbox is started on a terminal; what is typed there in the end is printed as `terminal-heard HEX.`. */
  readonly terminal?: boolean;
  /** The end of the run is what holds it, so it never comes to its own end. */
  readonly cutShort?: boolean;
  /** Looked at so long after the end: for what stays behind. */
  readonly lingerMs?: number;
}

export interface TweakStage {
  /** Port on the host's loopback of the host `allowed.breakout.test`. */
  readonly allowedPort: number;
  /** A port there that no policy names. */
  readonly deniedPort: number;
  /** A server that answers a TLS hello by asking for another. */
  readonly retryPort: number;
  /** A TLS server whose certificates are of the staged authority, and one whose aren't. */
  readonly tlsPort: number;
  readonly foreignPort: number;
  /** Certificates of the staged authority and of the other. */
  readonly authorityFile: string;
  readonly foreignFile: string;
}

/** What can be known from outside after an attempt. */
export interface Facts {
  /** All that it printed, bounded. */
  readonly output: string;
  /** Text that only this attempt knows: where it turns up, this attempt has been. */
  readonly nonce: string;
  secret(name: string): string;
  /** What a collector received that carries the nonce. */
  received(collector: string): string | undefined;
  /** A file of the stage as it is afterwards: `workspace/…` or `home/…`. */
  file(path: string): string | undefined;
  /** Bytes of a file of the stage; 0 for one that isn't there. */
  size(path: string): number;
  /** Names in a folder of the stage. */
  names(path: string): readonly string[];
  /** A file of the host outside the stage exists. Never opened. */
  hostFileExists(path: string): boolean;
  /** The victim process has got this signal during the attempt. */
  signalled(signal: number): boolean;
  /** Variables that the policy itself hands on: no secrets any more. */
  readonly passed: readonly string[];
  /** The words of each program that an event told of. */
  readonly executed: readonly (readonly string[])[];
  /** Decoys that an event told of. */
  readonly touched: readonly string[];
}

/** `undefined`: the attack came to nothing. A text: it succeeded, and this is the proof. */
export type Judge = (facts: Facts) => string | undefined;

/** Something that an attempt is made on: the sandbox, nothing at all, or somebody else's sandbox. */
export interface Target {
  readonly name: string;
  start(attempt: Attempt): Promise<Ended>;
}

export interface Attempt {
  readonly attack: Attack;
  readonly nonce: string;
  /** The folder that is the workspace for this attempt. */
  readonly workspace: string;
  /** The script, in the workspace. */
  readonly script: string;
  readonly limitMs: number;
}

export interface Ended {
  readonly output: string;
  /** It couldn't be started at all, and why: the plan has an obstacle, or a component is missing. */
  readonly obstacle?: string;
  readonly passed?: readonly string[];
  /** Limits that were hit. */
  readonly limits?: readonly string[];
  readonly executed?: readonly (readonly string[])[];
  readonly touched?: readonly string[];
}

export type Status = "held" | "broken" | "no-baseline" | "unsupported" | "degraded";

export interface Result {
  readonly attack: Attack;
  readonly status: Status;
  /** What it rests on: the proof of a success, how the baseline succeeded, why it couldn't be shown. */
  readonly evidence: string;
  readonly baseline: string;
  readonly durationMs: number;
}

export type ControlStatus = Status | "not-asked" | "not-tried";

export interface ControlVerdict {
  readonly control: string;
  readonly status: ControlStatus;
  readonly mechanism: string;
  readonly results: readonly Result[];
}

export interface Report {
  readonly version: 1;
  readonly cordon: string;
  readonly target: string;
  readonly kernel: string;
  readonly startedAt: string;
  readonly durationMs: number;
  readonly controls: readonly ControlVerdict[];
  /** What broke around the sandbox, when that was asked for. */
  readonly faults: readonly FaultResult[];
  readonly notes: readonly string[];
}
