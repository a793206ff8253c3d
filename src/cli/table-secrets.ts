// `cordon secret`, as the command table has it.
import type { Command } from "./command.js";
import { JSON_OPTION } from "./options.js";

export const SECRET_COMMAND: Command = {
  name: "secret",
  summary: "keys that commands use and never hold",
  usage: "add NAME | ls | rm NAME | revoke [RUN] NAME | leases [RUN]",
  options: {
    from: {
      type: "string",
      value: "SOURCE",
      summary: "add: where its value comes from; without it, it is read from stdin",
    },
    variable: { type: "string", value: "NAME", summary: "add: the variable that holds its placeholder inside" },
    host: { type: "string", multiple: true, value: "HOST", summary: "add: a host that it is for" },
    ttl: { type: "string", value: "TIME", summary: "add: how long a value is used" },
    method: { type: "string", multiple: true, value: "METHOD", summary: "add: only for such requests" },
    path: { type: "string", multiple: true, value: "PATH", summary: "add: only for such URL paths" },
    ...JSON_OPTION,
  },
  positionals: "any",
  help: [
    "add keeps a definition for `cordon run --secret NAME`, and its value unless --from says where that is. A value is never an argument:",
    "it is typed without being shown, or piped in. revoke takes a secret from a running sandbox, or from all of them, from their next request on.",
    "",
    "  cordon secret add anthropic --host api.anthropic.com --variable ANTHROPIC_API_KEY",
    '  cordon secret add github --host api.github.com --variable GH_TOKEN --from "command:gh auth token"',
    "  cordon run --secret anthropic -- claude",
    "  cordon secret leases",
    "  cordon secret revoke anthropic",
  ].join("\n"),
  load: () => import("./commands/secret.js"),
};
