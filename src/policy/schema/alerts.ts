// The list `alerts`. Pure.
import * as z from "zod";
import {
  ALERT_CONDITIONS,
  HOST_EVENTS,
  PATH_EVENTS,
  readAlertAction,
  readAlertRate,
  readThreshold,
  readUse,
} from "../alerting.js";
import { type Read, readDuration, readPathText } from "../atoms.js";
import { readHostPattern } from "../hosts.js";
import { list, texts, written } from "./kit.js";

const alert = z
  .strictObject(
    {
      on: z
        .enum(ALERT_CONDITIONS as [string, ...string[]], {
          error: "must be the name of an event such as network.denied or file.canary, or cpu or memory",
        })
        .meta({ description: "The event, or `cpu` or `memory`.", examples: ["network.denied"] }),
      host: written(readHostPattern, {
        description: "Only for such a host. For events of the network, and of secrets.",
        example: "*.example.org",
      }),
      path: written(readPathText, {
        description: "Only for such a path, or pattern. For events of files.",
        example: "**/.git/hooks/**",
      }),
      over: written(readThreshold, {
        description:
          "For events: only when it happens more often than this. For `cpu` (100% is one processor) and `memory` (of its limit, or a size): above what.",
        example: "5/m",
      }),
      for: written(readDuration, {
        description: "For `cpu` and `memory`: how long it must stay above. Default 30s.",
        example: "30s",
      }),
      do: texts(readAlertAction, {
        description:
          "What happens then. notify: on the desktop and the terminal. pause, stop: the run. webhook: to the webhook of `audit.ship`, or `webhook:URL`.",
        example: ["notify"],
      }).unwrap(),
    },
    { error: (issue) => (issue.code === "invalid_type" ? "must be a mapping (on, over, do)" : undefined) },
  )
  .superRefine((rule, context) => {
    const fail = (key: string, message: string) => context.addIssue({ code: "custom", path: [key], message });
    const { on, over } = rule;
    const use = on === "cpu" || on === "memory";
    if (use && over === undefined)
      context.addIssue({ code: "custom", message: `must say "over" what, as in over: 90%` });
    if (over !== undefined) {
      const read: Read<unknown> = use ? readUse(on, over) : readAlertRate(over);
      if (!read.ok) fail("over", `must be ${read.problem}`);
    }
    if (!use && rule.for !== undefined) fail("for", "must stand beside on: cpu or on: memory");
    if (rule.host !== undefined && !HOST_EVENTS.includes(on)) fail("host", `must stand beside an event with a host`);
    if (rule.path !== undefined && !PATH_EVENTS.includes(on)) fail("path", `must stand beside an event with a path`);
    if (rule.do.length === 0) fail("do", "must be a list with an action in it");
  });

export const alerts = list(alert, {
  description: "What is done when something happens in a run. A touched decoy is always told. See alerts.md.",
  example: [{ on: "network.denied", over: "5/m", do: ["notify"] }],
});
