// The `network` section. Pure.
import * as z from "zod";
import {
  readExpression,
  readMethod,
  readPathText,
  readPublish,
  readRate,
  readRepository,
  readSecretName,
  readSize,
  readUrlPath,
} from "../atoms.js";
import { readConnect, readForward, readHostPattern, readHostRule } from "../hosts.js";
import { choice, count, item, list, section, texts, toggle, written, writtenOrNumber } from "./kit.js";

const port = z
  .int({ error: "must be a port from 1 to 65535" })
  .min(1, { error: "must be a port from 1 to 65535" })
  .max(65_535, { error: "must be a port from 1 to 65535" });

const FILTER = ["block", "alert", "off"] as const;

const allowRule = z
  .strictObject(
    {
      host: written(readHostPattern, {
        description: 'The host, or "*." and a domain for everything below it, without a port.',
        example: "api.github.com",
      }),
      github: written(readRepository, {
        description:
          "A repository on GitHub that git may reach, instead of `host`: the whole of github.com stays shut otherwise.",
        example: "owner/repo",
      }),
      access: choice(["read", "push"], {
        description: "With `github`: fetching only, or pushing too. Default read.",
        example: "read",
      }),
      ports: list(port, { description: "The ports. Default 80 and 443.", example: [443] }),
      methods: texts(readMethod, {
        description: "The HTTP methods, in capitals. Needs `inspect: true`.",
        example: ["GET"],
      }),
      paths: texts(readUrlPath, {
        description: "The URL paths; `*` within one segment, `**` for any number. Needs `inspect: true`.",
        example: ["/repos/me/**"],
      }),
      inspect: toggle({
        description:
          "TLS to this host is opened by Cordon's own authority, so that requests can be judged. Default false.",
        example: true,
      }),
      rate: written(readRate, {
        description: "The most requests in a span of time (connections where it isn't inspected).",
        example: "60/m",
      }),
      maxUpload: writtenOrNumber(readSize, { description: "The most bytes that one request may send.", example: "1M" }),
      connect: written(readConnect, {
        description:
          "The explicit upstream for this name: an address and port, or a unix socket. The only way to a private address.",
        example: "127.0.0.1:8080",
      }),
      secret: written(readSecretName, {
        description: "A secret of `secrets` that is put into requests to this host. Needs `inspect: true`.",
        example: "anthropic",
      }),
      filter: choice(FILTER, {
        description:
          "What the content filter does for this host, instead of `network.filter.secrets`. Needs `inspect: true`.",
        example: "block",
      }),
    },
    {
      error: (issue) =>
        issue.code === "invalid_type" ? 'must be a host such as api.example.com, or a mapping with "host"' : undefined,
    },
  )
  .superRefine((rule, context) => {
    const fail = (key: string, message: string) => context.addIssue({ code: "custom", path: [key], message });
    if ((rule.host === undefined) === (rule.github === undefined)) {
      context.addIssue({ code: "custom", message: 'must have either "host" or "github"' });
    }
    if (rule.github === undefined && rule.access !== undefined) fail("access", 'must stand beside "github"');
    for (const key of ["methods", "paths", "secret", "filter"] as const) {
      if (rule[key] === undefined || rule.github !== undefined || rule.inspect === true) continue;
      fail(key, 'must stand beside "inspect: true", since it judges what only the opened connection shows');
    }
    if (rule.connect !== undefined && rule.host?.startsWith("*"))
      fail("connect", "must stand beside one exact host, not a pattern");
  });

const denyRule = z.strictObject(
  {
    host: written(readHostPattern, {
      description: "The host or pattern, without a port.",
      example: "ads.example.com",
    }).unwrap(),
    ports: list(port, { description: "The ports. Default: every port.", example: [443] }),
  },
  {
    error: (issue) =>
      issue.code === "invalid_type" ? 'must be a host such as ads.example.com, or a mapping with "host"' : undefined,
  },
);

export const network = section(
  {
    mode: choice(["none", "allowlist", "open"], {
      description:
        "none: no network at all. allowlist: what `allow` names, through Cordon's proxy. open: everything but the private " +
        "networks and `deny`. Default: allowlist when `allow` has an entry, else none.",
      example: "allowlist",
    }),
    allow: list(z.union([item(readHostRule), allowRule]), {
      description:
        'Hosts that may be reached, each a text such as api.example.com (ports 80 and 443), "*.example.org:443" (one or more ' +
        "labels, never the bare domain), or a mapping. An empty list allows nothing.",
      example: ["api.example.com", { host: "api.github.com", ports: [443], methods: ["GET"], inspect: true }],
    }),
    deny: list(z.union([item(readHostRule), denyRule]), {
      description:
        "Hosts that stay shut although a rule of `allow` covers them, whatever the order. Without a port: every port.",
      example: ["gist.github.com"],
    }),
    limits: section(
      {
        requests: written(readRate, {
          description: "The most requests in a span of time, over all hosts.",
          example: "600/m",
        }),
        upload: writtenOrNumber(readSize, { description: "The most bytes that a run may send.", example: "50M" }),
        download: writtenOrNumber(readSize, { description: "The most bytes that a run may receive.", example: "2G" }),
        connections: count({ description: "The most connections at one time.", example: 64 }, { min: 1, max: 65_535 }),
      },
      { description: "Limits over everything that a run sends and receives." },
    ),
    filter: section(
      {
        secrets: choice(FILTER, {
          description: "What happens when a known secret or something shaped like a key is sent to an inspected host.",
          example: "block",
        }),
        patterns: texts(readExpression, {
          description: "More regular expressions that must not appear in what is sent.",
          example: ["PROJECT-[0-9]{6}"],
        }),
      },
      { description: "The content filter for what is sent to inspected hosts." },
    ),
    upstreamCa: texts(readPathText, {
      description: "Files of further certificate authorities for upstream servers (PEM).",
      example: ["~/company-ca.pem"],
    }),
    dns: section(
      {
        blocklists: texts(readPathText, {
          description: "Files of response policy zones (RPZ): names that are never answered.",
          example: ["~/block.rpz"],
        }),
      },
      { description: "The sandbox's name service." },
    ),
    forward: texts(readForward, {
      description: "Services on the host's loopback that appear at the same port inside.",
      example: ["127.0.0.1:11434"],
    }),
    publish: list(writtenOrNumber(readPublish, { description: "A port, or HOST:INSIDE." }).unwrap(), {
      description:
        'Ports of the sandbox that appear on the host\'s loopback: "3000", or "8080:80" for port 80 at the host\'s 8080.',
      example: ["3000", "8080:80"],
    }),
    sockets: texts(readPathText, {
      description: "Unix sockets that are visible inside, at the same path.",
      example: ["/run/llm.sock"],
    }),
  },
  { description: "What the command may reach over the network." },
);
