// `cordon breakout` in the table of commands.
import type { Command } from "./command.js";
import { JSON_OPTION, POLICY_OPTIONS } from "./options.js";

export const BREAKOUT_COMMAND: Command = {
  name: "breakout",
  summary: "attack the sandbox from inside; prove that each control holds",
  usage: "[options]",
  options: {
    ...POLICY_OPTIONS,
    only: {
      type: "string",
      multiple: true,
      value: "GROUP|ID",
      summary: "only these attacks (or faults), by group, id or control",
    },
    faults: {
      type: "boolean",
      summary: "break what is around the sandbox as well: kill, stop and starve Cordon's own parts",
    },
    list: { type: "boolean", summary: "name the attacks and do nothing" },
    "dry-run": { type: "boolean", summary: "say what would be done and do nothing" },
    runner: {
      type: "string",
      value: "'CMD {}'",
      summary: "attack another sandbox: {} becomes the path of the attack's script",
    },
    report: {
      type: "string",
      value: "FILE",
      completes: "file",
      summary: "write the report as well, by its ending: .json, .xml (JUnit), .html or .md",
    },
    ...JSON_OPTION,
  },
  positionals: "none",
  help: [
    "Everything happens in a temporary folder with an invented home and workspace; nothing leaves this computer. The exit status is 0",
    "when every control that was tried held and every fault was survived, 1 when one didn't, 125 when Cordon failed.",
    "",
    "  cordon breakout --report breakout.html",
    "  cordon breakout --only syscalls --only files/home-hidden",
    "  cordon breakout --runner 'bwrap --ro-bind / / --dev /dev --proc /proc --unshare-all /bin/sh {}'",
  ].join("\n"),
  load: () => import("./commands/breakout.js"),
};
