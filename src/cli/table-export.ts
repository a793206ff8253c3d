// The row of `cordon export` in the command table.
import { exportKinds } from "../backends/export/kinds.js";
import type { Command } from "./command.js";
import { POLICY_OPTIONS } from "./options.js";

export const EXPORT_COMMAND: Command = {
  name: "export",
  summary: "the policy as a unit, a profile, a manifest or a script of another system",
  usage: "KIND [-o DIR] [options] [-- COMMAND [ARG…]]",
  options: {
    output: {
      type: "string",
      short: "o",
      value: "DIR",
      completes: "directory",
      summary:
        "write the files into this folder (default: to stdout); a different file that is there is never overwritten",
    },
    image: { type: "string", value: "REF", summary: "the container image, for kinds that start one" },
    ...POLICY_OPTIONS,
  },
  positionals: "any",
  help: [
    `KIND is ${exportKinds().join(", ")}.`,
    "What is written works without Cordon. What it doesn't hold compared with `cordon run` stands on top of it and on stderr.",
    "",
    "  cordon export bubblewrap -o . -- my-agent",
    "  cordon export seccomp >agent.seccomp.json",
  ].join("\n"),
  load: () => import("./commands/export.js"),
};
