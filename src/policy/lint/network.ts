// Network rules and secrets that are wider than they look, or without effect. Pure.
import { hostCovers, isAddress } from "../hosts.js";
import { compilePath } from "../pattern.js";
import type { AllowRule, DenyRule } from "../types.js";
import { lintSockets } from "./files.js";
import type { Finding, LintContext } from "./report.js";
import { SHARED_DOMAINS } from "./sensitive.js";

export function* lintNetwork(context: LintContext): Generator<Finding> {
  const { network } = context.settings;
  if (network.mode === "open") {
    yield {
      severity: "warning",
      path: "network.mode",
      code: "network-open",
      message: "mode: open lets the command send anything it can read to anyone",
      hint: "allowlist with the hosts it needs",
    };
  }
  if (network.mode === "none" && network.allow.length > 0) {
    const path = "network.mode";
    yield {
      severity: "warning",
      path,
      code: "no-effect",
      message: "mode: none makes every entry of network.allow void",
      hint: "mode: allowlist",
    };
  }
  for (const [index, rule] of network.allow.entries()) yield* lintAllow(context, rule, `network.allow.${index}`);
  for (const [index, rule] of network.deny.entries()) yield* lintDeny(context, rule, `network.deny.${index}`);
  for (const [index, socket] of network.sockets.entries())
    yield* lintSockets(compilePath(socket), `network.sockets.${index}`);
  yield* lintSecrets(context);
}

function* lintAllow(context: LintContext, rule: AllowRule, path: string): Generator<Finding> {
  const domain = rule.host.startsWith("*.") ? rule.host.slice(2) : undefined;
  if (domain !== undefined && (!domain.includes(".") || SHARED_DOMAINS.has(domain))) {
    yield {
      severity: "warning",
      path,
      code: "wide-host",
      message: `"${rule.host}" isn't an allowlist: anyone can have a name below ${domain}`,
      hint: "name the hosts",
    };
  }
  if (rule.connect === undefined && isPrivate(rule.host)) {
    yield {
      severity: "warning",
      path,
      code: "private-host",
      message: `${rule.host} is a private address, which is never reached by name alone`,
      hint: "a host with `connect:`, or `network.forward`",
    };
  }
  const denied = context.settings.network.deny.find(
    (deny) => hostCovers(deny.host, rule.host) && coversPorts(deny, rule),
  );
  if (denied !== undefined)
    yield {
      severity: "warning",
      path,
      code: "no-effect",
      message: `"${rule.host}" is denied by "${denied.host}" of network.deny`,
    };
  const judging =
    rule.github === undefined ? (["methods", "paths"] as const).find((key) => rule[key] !== undefined) : "github";
  if (context.settings.network.mode === "open" && judging !== undefined) {
    yield {
      severity: "warning",
      path: `${path}.${judging}`,
      code: "no-effect",
      message: `mode: open allows what "${judging}" of this rule leaves out`,
      hint: "mode: allowlist",
    };
  }
  if (rule.secret !== undefined && !Object.hasOwn(context.settings.secrets, rule.secret)) {
    yield {
      severity: "error",
      path: `${path}.secret`,
      code: "unknown-secret",
      message: `there is no secret "${rule.secret}" in secrets`,
    };
  }
}

function coversPorts(deny: DenyRule, rule: AllowRule): boolean {
  return deny.ports.length === 0 || rule.ports.every((port) => deny.ports.includes(port));
}

function isPrivate(host: string): boolean {
  if (host === "localhost" || host.endsWith(".localhost")) return true;
  if (!isAddress(host)) return false;
  if (host.includes(":")) return host === "::1" || host === "::" || /^(?:f[cd]|fe[89ab])/.test(host);
  const [a = 0, b = 0] = host.split(".").map(Number);
  return (
    a === 0 ||
    a === 10 ||
    a === 127 ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168) ||
    (a === 169 && b === 254) ||
    (a === 100 && b >= 64 && b < 128) ||
    a >= 224
  );
}

function* lintDeny(context: LintContext, rule: DenyRule, path: string): Generator<Finding> {
  const { mode, allow } = context.settings.network;
  if (mode === "open") return;
  const meets = allow.some((one) => hostCovers(one.host, rule.host) || hostCovers(rule.host, one.host));
  if (!meets) {
    yield {
      severity: "warning",
      path,
      code: "no-effect",
      message: `"${rule.host}" is denied anyway: no entry of network.allow covers it`,
    };
  }
}

function* lintSecrets(context: LintContext): Generator<Finding> {
  const { secrets, network, process } = context.settings;
  for (const [name, secret] of Object.entries(secrets)) {
    const path = `secrets.${name}`;
    const ruled = network.allow.some((rule) => rule.secret === name);
    if (secret.hosts.length === 0 && !ruled) {
      yield {
        severity: "warning",
        path,
        code: "secret-without-hosts",
        message: `the secret ${name} names no hosts, so it can't be used anywhere`,
        hint: "hosts: [api.example.com]",
      };
    }
    for (const [index, host] of secret.hosts.entries()) {
      if (network.mode !== "open" && !network.allow.some((rule) => hostCovers(rule.host, host))) {
        yield {
          severity: "warning",
          path: `${path}.hosts.${index}`,
          code: "no-effect",
          message: `${host} isn't in network.allow, so the secret ${name} never gets there`,
        };
      }
      if (host.startsWith("*.") && (SHARED_DOMAINS.has(host.slice(2)) || !host.slice(2).includes("."))) {
        yield {
          severity: "warning",
          path: `${path}.hosts.${index}`,
          code: "wide-host",
          message: `"${host}": anyone can have a name there and be sent the secret ${name}`,
        };
      }
    }
    for (const [index, { host }] of (secret.oauth?.endpoints ?? []).entries()) {
      if (network.mode !== "open" && !network.allow.some((rule) => hostCovers(rule.host, host))) {
        yield {
          severity: "warning",
          path: `${path}.oauth.endpoints.${index}`,
          code: "no-effect",
          message: `${host} isn't in network.allow, so the login ${name} is never made or renewed there`,
        };
      }
    }
    if (secret.aws !== undefined && !Object.hasOwn(secrets, secret.aws.id)) {
      yield {
        severity: "error",
        path: `${path}.aws.id`,
        code: "unknown-secret",
        message: `there is no secret "${secret.aws.id}" in secrets`,
        hint: "the id of the access key is a secret of its own",
      };
    }
    if (secret.env !== undefined && Object.hasOwn(process.env.set, secret.env)) {
      yield {
        severity: "error",
        path: `process.env.set.${secret.env}`,
        code: "env-twice",
        message: `${secret.env} is set here and by the secret ${name}`,
      };
    }
  }
}
