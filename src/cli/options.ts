// The options that several commands share: everything that shapes the policy, as `cordon run` takes it.
import type { OptionSpec } from "./command.js";

type Options = Readonly<Record<string, OptionSpec>>;

const BACKENDS = [
  "auto",
  "native",
  "bubblewrap",
  "firejail",
  "unshare",
  "podman",
  "systemd",
  "gvisor",
  "microvm",
] as const;

export const BACKEND_OPTION: Options = {
  backend: { type: "string", short: "b", value: "NAME", choices: BACKENDS, summary: "who builds the sandbox" },
};

export const JSON_OPTION: Options = { json: { type: "boolean", summary: "print JSON" } };

export const AUDIT_OPTIONS: Options = {
  run: { type: "string", multiple: true, value: "RUN", summary: "only this run, or the runs of this name" },
  type: {
    type: "string",
    multiple: true,
    value: "TYPE",
    summary: "only such events: network.denied, or network for all of its kind",
  },
  since: { type: "string", value: "TIME", summary: "not before: 2h (ago), 2026-01-31, 2026-01-31T12:00" },
  until: { type: "string", value: "TIME", summary: "not after" },
  host: { type: "string", value: "NAME", summary: "only events about this host, or *.NAME" },
  lines: { type: "string", short: "n", value: "N", summary: "tail: how many of the last (default: 10)" },
  follow: { type: "boolean", short: "f", summary: "tail: go on with what comes" },
  key: {
    type: "string",
    multiple: true,
    value: "FILE",
    completes: "file",
    summary: "verify: the public key to believe (default: the user's own)",
  },
  format: {
    type: "string",
    value: "NAME",
    choices: ["jsonl", "csv"],
    summary: "export: as JSON lines (default) or CSV",
  },
  output: {
    type: "string",
    short: "o",
    value: "DIR",
    completes: "directory",
    summary: "export: whole records into a new folder, with what verifies them elsewhere",
  },
  ...JSON_OPTION,
  "older-than": { type: "string", value: "AGE", summary: "prune: records that were last written to longer ago (90d)" },
  "max-size": { type: "string", value: "SIZE", summary: "prune: the oldest records, until the rest takes no more" },
  "dry-run": { type: "boolean", summary: "prune: only say what would be removed" },
};

/** In the order in which help shows them. */
export const POLICY_OPTIONS: Options = {
  policy: {
    type: "string",
    short: "p",
    value: "FILE",
    completes: "file",
    summary: "the policy; named here it is trusted (default: ./cordon.yaml if trusted)",
  },
  profile: {
    type: "string",
    multiple: true,
    value: "NAME",
    completes: "profile",
    summary: "a built-in profile to extend",
  },
  ...BACKEND_OPTION,
  workspace: {
    type: "string",
    short: "w",
    value: "DIR",
    completes: "directory",
    summary: "the work folder (default: the current one)",
  },
  mode: {
    type: "string",
    value: "MODE",
    choices: ["read", "write", "overlay"],
    summary: "what may be done in the workspace",
  },
  read: { type: "string", multiple: true, value: "PATH", completes: "file", summary: "a path that may be read" },
  write: { type: "string", multiple: true, value: "PATH", completes: "file", summary: "a path that may be written" },
  deny: {
    type: "string",
    multiple: true,
    value: "PATH",
    completes: "file",
    summary: "a path that is hidden, also below a granted one",
  },
  allow: { type: "string", multiple: true, value: "HOST[:PORT]", summary: "a host that may be reached" },
  env: { type: "string", multiple: true, value: "NAME[=VALUE]", summary: "a variable to hand on, or to set" },
  secret: { type: "string", multiple: true, value: "NAME", summary: "a secret to use" },
  set: {
    type: "string",
    multiple: true,
    value: "KEY=VALUE",
    summary: "any key of the policy by its dotted path: limits.memory=512M",
  },
};

export const RUN_OPTIONS: Options = {
  ...POLICY_OPTIONS,
  "allow-degraded": {
    type: "boolean",
    summary: "run although something that the policy asks for can't be enforced here",
  },
  events: {
    type: "string",
    value: "FILE|-",
    completes: "file",
    summary: "write each event as a line of JSON ('-': stderr)",
  },
  ask: { type: "boolean", summary: "ask on the terminal before something is refused" },
  "no-ask": { type: "boolean", summary: "never ask" },
  name: { type: "string", value: "NAME", summary: "the run's name (default: made from the command)" },
  summary: {
    type: "boolean",
    summary: "at the end, the lines that would allow what was denied (default: on a terminal)",
  },
  quiet: { type: "boolean", short: "q", summary: "nothing on stderr but the command's own" },
};
