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
  quiet: { type: "boolean", short: "q", summary: "nothing on stderr but the command's own" },
};
