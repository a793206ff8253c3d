// The secrets and logins of a plan: where their values come from and where they may go, never a value.
import type { LoginSetting } from "../policy/types.js";

/** One secret that the command may use by its placeholder. Where its value comes from, never the value. */
export interface PlannedSecret {
  readonly name: string;
  readonly from: string;
  /** A source that gives nothing is no refusal. */
  readonly optional?: true;
  /** The variable inside that holds the placeholder. */
  readonly env?: string;
  /** Host patterns: the only ones that the value is sent to, over TLS. */
  readonly hosts: readonly string[];
  readonly ttlMs?: number;
  /** How many requests may carry it, and how many tokens of a model they may take. */
  readonly requests?: number;
  readonly tokens?: number;
  readonly methods?: readonly string[];
  readonly paths?: readonly string[];
  /** Where in a request it is put in. */
  readonly places: readonly SecretPlace[];
  readonly oauth?: PlannedLogin;
  /** It signs requests, with the secret of that name as its id. */
  readonly aws?: { readonly id: string };
  /** `secrets.anthropic`. */
  readonly origin: string;
  readonly place: string;
}

/** A login whose tokens stay outside; see LoginSetting. */
export interface PlannedLogin extends Omit<LoginSetting, "file"> {
  readonly file?: {
    /** The user's own. */
    readonly source: string;
    /** The same, from the home inside on. */
    readonly inHome: string;
  };
}

/** Keys of the user's ssh-agent, and the hosts that they may be used for. */
export interface PlannedSshKeys {
  readonly name: string;
  /** Fingerprints and comments. */
  readonly keys: readonly string[];
  readonly confirm: boolean;
  /** With their keys, as they stand in the user's known_hosts: in base64. */
  readonly hosts: readonly { readonly host: string; readonly keys: readonly string[] }[];
}

export type SecretPlace = "header" | "query" | "body" | "path";
