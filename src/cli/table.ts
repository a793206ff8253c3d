// Every command of Cordon, once: parsing, help, completion and docs/cli are derived from this table. Nothing of a command is loaded
// before it runs.
import { CordonError } from "../core/error.js";
import type { Command } from "./command.js";
import { AUDIT_OPTIONS, JSON_OPTION, POLICY_OPTIONS, RUN_OPTIONS } from "./options.js";
import { BREAKOUT_COMMAND } from "./table-breakout.js";
import { EXPORT_COMMAND } from "./table-export.js";
import { IMAGE_COMMAND } from "./table-image.js";
import { RUN_COMMANDS } from "./table-runs.js";
import { SECRET_COMMAND } from "./table-secrets.js";

const READY: readonly Command[] = [
  {
    name: "run",
    summary: "run a command inside a sandbox",
    usage: "[options] [--] COMMAND [ARG…]",
    options: RUN_OPTIONS,
    positionals: "first",
    help: [
      "Options end at COMMAND: what follows belongs to it. The exit status is the command's own; 128+N when it died of signal N;",
      "125 when Cordon failed or refused; 126 when the command can't be executed; 127 when it isn't found.",
      "",
      "  cordon run -- npm test",
      "  cordon run --read ~/data --set limits.time=10m -- python3 train.py",
    ].join("\n"),
    load: () => import("./commands/run.js"),
  },
  {
    name: "init",
    summary: "write cordon.yaml for this folder, from what is found in it",
    usage: "",
    options: {},
    positionals: "none",
    load: () => import("./commands/init.js"),
  },
  {
    name: "check",
    summary: "validate a policy",
    usage: "[FILE] [--rules FILE|DIR]…",
    options: {
      rules: {
        type: "string",
        multiple: true,
        value: "FILE|DIR",
        completes: "file",
        summary: "organisation rules to hold it against",
      },
      ...JSON_OPTION,
    },
    positionals: "any",
    load: () => import("./commands/check.js"),
  },
  {
    name: "trust",
    summary: "accept a workspace's cordon.yaml as it stands now",
    usage: "[FILE]",
    options: {},
    positionals: "any",
    load: () => import("./commands/trust.js"),
  },
  {
    name: "why",
    summary: "is this allowed, by which line of which file, held by which mechanism",
    usage: "[options] HOST[:PORT] | PATH | env NAME",
    options: { ...POLICY_OPTIONS, ...JSON_OPTION },
    positionals: "any",
    help: "The exit status is 0 for yes and 1 for no.\n\n  cordon why ~/.ssh/id_ed25519\n  cordon why api.example.com:443\n  cordon why env AWS_SECRET_ACCESS_KEY",
    load: () => import("./commands/why.js"),
  },
  {
    name: "explain",
    summary: "what the command can and can't do under this policy on this host",
    usage: "[options] [FILE]",
    options: { ...POLICY_OPTIONS, ...JSON_OPTION },
    positionals: "any",
    load: () => import("./commands/explain.js"),
  },
  {
    name: "plan",
    summary: "what the backend would be given; runs nothing",
    usage: "[options] [--] [COMMAND [ARG…]]",
    options: { ...POLICY_OPTIONS, ...JSON_OPTION },
    positionals: "first",
    load: () => import("./commands/plan.js"),
  },
  EXPORT_COMMAND,
  IMAGE_COMMAND,
  {
    name: "doctor",
    summary: "what this host can enforce, and how to get what is missing",
    usage: "[--json]",
    options: JSON_OPTION,
    positionals: "none",
    load: () => import("./commands/doctor.js"),
  },
  ...RUN_COMMANDS,
  BREAKOUT_COMMAND,
  SECRET_COMMAND,
  {
    name: "profile",
    summary: "the built-in profiles for known agents",
    usage: "ls | show NAME",
    options: JSON_OPTION,
    positionals: "any",
    load: () => import("./commands/profile.js"),
  },
  {
    name: "audit",
    summary: "the tamper-evident record",
    usage: "show | verify | tail | export [FILE|DIR] | ship | prune [DIR]",
    options: AUDIT_OPTIONS,
    positionals: "any",
    help: [
      "Without FILE or DIR: all of the user's records. The exit status of verify is 1 when something was tampered with, that of ship",
      "(which delivers what ended runs couldn't) while something waits.",
      "",
      "  cordon audit show --type network.denied --since 2h",
      "  cordon audit verify",
      "  cordon audit tail --follow",
      "  cordon audit export --output evidence/",
      "  cordon audit prune --older-than 90d",
    ].join("\n"),
    load: () => import("./commands/audit.js"),
  },
  {
    name: "completion",
    summary: "completion for a shell",
    usage: "bash|zsh|fish",
    options: {},
    positionals: "any",
    help: '  bash: eval "$(cordon completion bash)"\n  zsh:  eval "$(cordon completion zsh)"\n  fish: cordon completion fish | source',
    load: () => import("./commands/completion.js"),
  },
  {
    name: "help",
    summary: "help for a command",
    usage: "[COMMAND]",
    options: {},
    positionals: "any",
    load: () => import("./commands/help.js"),
  },
  {
    name: "version",
    summary: "the version of Cordon",
    usage: "[--json]",
    options: JSON_OPTION,
    positionals: "none",
    load: () => import("./commands/version.js"),
  },
];

/** Known names of CONTRACT that this release doesn't have yet. */
const LATER: readonly (readonly [name: string, usage: string, summary: string])[] = [
  ["learn", "-- COMMAND…", "observe a run and propose the smallest policy that allows it"],
  ["approve", "[ID]", "answer permission requests"],
  ["diff", "[RUN]", "what an overlay workspace changed"],
  ["apply", "[RUN]", "land what an overlay workspace changed"],
  ["discard", "[RUN]", "drop what an overlay workspace changed"],
  ["rules", "test", "organisation rules over policies and exports"],
  ["grant", "RUN PATH|HOST", "widen a running sandbox"],
  ["revoke", "RUN PATH|HOST", "narrow a running sandbox"],
  ["ui", "[--port N]", "the web console"],
  ["mcp", "", "a Model Context Protocol server whose tools run sandboxed"],
];

export const COMMANDS: readonly Command[] = [
  ...READY,
  ...LATER.map(([name, usage, summary]) => later(name, usage, summary)),
];

/** Whether this release has the command. */
export function isReady(command: Command): boolean {
  return READY.includes(command);
}

export function findCommand(name: string): Command | undefined {
  return COMMANDS.find((command) => command.name === name);
}

function later(name: string, usage: string, summary: string): Command {
  return {
    name,
    usage,
    summary,
    options: {},
    positionals: "any",
    load: () => Promise.reject(new CordonError("not-implemented", `"${name}" comes in a later release`)),
  };
}
