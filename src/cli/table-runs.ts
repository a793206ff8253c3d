// The commands over running sandboxes, as the command table has them.
import type { Command } from "./command.js";
import { JSON_OPTION } from "./options.js";

const NAMES = "RUN is an id, the beginning of one, or a run's --name.";

export const RUN_COMMANDS: readonly Command[] = [
  {
    name: "ps",
    summary: "running sandboxes",
    usage: "[-a] [--json]",
    options: { all: { type: "boolean", short: "a", summary: "also those that have ended" }, ...JSON_OPTION },
    positionals: "none",
    help: "A run whose supervisor died is shown as lost, and what is left of it is removed.",
    load: () => import("./commands/ps.js"),
  },
  {
    name: "logs",
    summary: "the events of a run",
    usage: "[options] [RUN]",
    options: {
      follow: { type: "boolean", short: "f", summary: "go on until the run ends" },
      type: {
        type: "string",
        multiple: true,
        value: "TYPE",
        summary: "only events of this type: network, file.protected",
      },
      lines: { type: "string", short: "n", value: "N", summary: "only the last N" },
      ...JSON_OPTION,
    },
    positionals: "any",
    completesRuns: true,
    help: `Without RUN the last one. ${NAMES}\n\n  cordon logs -f\n  cordon logs --type network.denied build`,
    load: () => import("./commands/logs.js"),
  },
  {
    name: "top",
    summary: "what running sandboxes use",
    usage: "[--once] [--json] [RUN…]",
    options: {
      once: { type: "boolean", summary: "one table, over one second, and end" },
      ...JSON_OPTION,
    },
    positionals: "any",
    completesRuns: true,
    help: `Anew each second; q quits. CPU is of one processor. With --json one line each second. ${NAMES}`,
    load: () => import("./commands/top.js"),
  },
  {
    name: "attach",
    summary: "a second command in a running sandbox",
    usage: "RUN [--] [COMMAND [ARG…]]",
    options: {},
    positionals: "first",
    completesRuns: true,
    help: [
      `Without COMMAND a shell. It is confined exactly as the run's own command is. ${NAMES}`,
      "The exit status is the command's own, as with cordon run.",
      "",
      "  cordon attach build",
      "  cordon attach build -- tail -f npm-debug.log",
    ].join("\n"),
    load: () => import("./commands/attach.js"),
  },
  {
    name: "stop",
    summary: "end a run in order",
    usage: "[options] RUN…",
    options: {
      all: { type: "boolean", summary: "every run of yours" },
      kill: { type: "boolean", summary: "at once, without SIGTERM before" },
      time: { type: "string", value: "TIME", summary: "from SIGTERM to the end of everything (default: 10s)" },
      reason: { type: "string", value: "TEXT", summary: "for the record" },
    },
    positionals: "any",
    completesRuns: true,
    help: `Waits until everything in it is dead. ${NAMES}`,
    load: () => import("./commands/stop.js"),
  },
  {
    name: "pause",
    summary: "let a run stand still",
    usage: "RUN…",
    options: {},
    positionals: "any",
    completesRuns: true,
    help: `Its time limit stands still too. ${NAMES}`,
    load: () => import("./commands/pause.js"),
  },
  {
    name: "resume",
    summary: "let a paused run go on",
    usage: "RUN…",
    options: {},
    positionals: "any",
    completesRuns: true,
    help: NAMES,
    load: () => import("./commands/resume.js"),
  },
];
