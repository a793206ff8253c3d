// The one answer to "may this be reached": pure, the same for every listener, user name and header that carried the question
// (SECURITY(T31)). It must never throw: an exception inside a decision is a denial. Private addresses behind names are the dialer's.
import type { NetworkDeny, NetworkRule, PlannedNetwork } from "../../plan/types.js";
import { hostMatches, readHost } from "../../policy/hosts.js";
import type { Allowed, Denied, Judge, RequestFacts, Target, Verdict } from "../types.js";
import {
  ambiguousPath,
  deniedName,
  deniedTarget,
  internalError,
  malformedRequest,
  malformedTarget,
  networkOff,
  noRule,
  noRuleForName,
  overriddenMethod,
  overriddenPath,
  wrongMethod,
  wrongPath,
  wrongPort,
} from "./advice.js";
import { judgeRepository } from "./github.js";
import { type CanonicalPath, canonicalPath, matchesPath } from "./url-path.js";

export interface JudgeOptions {
  /** Where the user would add a line; told in the advice. */
  readonly policyFile?: string;
}

export function makeJudge(network: PlannedNetwork, options: JudgeOptions = {}): Judge {
  return {
    name: (host) => guarded(() => judgeName(network, host, options)),
    target: (target) => guarded(() => judgeTarget(network, target, options)),
    request: (target, facts) =>
      guarded(() => judgeRequest(network, { target, facts, path: canonicalPath(facts.path) }, options)),
  };
}

function guarded(decide: () => Verdict): Verdict {
  try {
    return decide();
  } catch {
    return internalError();
  }
}

/** SECURITY(T21): only what is canonical already is judged, so that these bytes are the ones that get dialled. */
function isCanonical(host: string): boolean {
  const read = readHost(host.includes(":") ? `[${host}]` : host);
  return read.ok && read.value === host;
}

function judgeName(network: PlannedNetwork, host: string, { policyFile }: JudgeOptions): Verdict {
  if (!isCanonical(host)) return malformedTarget(host);
  const denies = network.deny.filter((deny) => hostMatches(deny.host, host));
  const whole = denies.find(({ ports }) => ports.length === 0);
  if (whole !== undefined) return deniedName(host, whole);
  if (network.mode === "none") return networkOff({ host, port: 443 }, policyFile);
  const covering = network.rules.filter((rule) => hostMatches(rule.host, host) && rule.ports.length > 0);
  const shut = (port: number) => denies.some(({ ports }) => ports.includes(port));
  const open = covering.filter(({ ports }) => !ports.every(shut));
  if (open.length > 0 || network.mode === "open") return allowed({ network, host }, open, open[0]);
  const deny = denies[0];
  return covering.length > 0 && deny !== undefined ? deniedName(host, deny) : noRuleForName(host, policyFile);
}

/** Rules are those that cover the target; the connection is the same whichever of them lets a request through. */
function allowed(
  { network, host }: { readonly network: PlannedNetwork; readonly host: string },
  covering: readonly NetworkRule[],
  rule: NetworkRule | undefined,
): Allowed {
  const connect = covering.find((each) => each.connect !== undefined)?.connect;
  return {
    allowed: true,
    origin: rule?.origin ?? "network.mode",
    // SECURITY(T33): what a host of a secret is sent is always seen.
    inspect:
      covering.some((each) => each.inspect || each.github !== undefined) ||
      (network.secretHosts ?? []).some((pattern) => hostMatches(pattern, host)),
    ...(rule === undefined ? {} : { rule }),
    ...(connect === undefined ? {} : { connect }),
  };
}

interface Reach {
  readonly covering: readonly NetworkRule[];
  readonly refused?: Denied;
}

function reach(network: PlannedNetwork, target: Target, { policyFile }: JudgeOptions): Reach {
  const none = { covering: [] };
  const { host, port } = target;
  if (!isCanonical(host)) return { ...none, refused: malformedTarget(host) };
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    return { ...none, refused: malformedRequest({ host, port: 0 }, "its port isn't one") };
  const deny = network.deny.find((each) => isDenied(each, target));
  if (deny !== undefined) return { ...none, refused: deniedTarget(target, deny) };
  if (network.mode === "none") return { ...none, refused: networkOff(target, policyFile) };
  const named = network.rules.filter((rule) => hostMatches(rule.host, host));
  const covering = named.filter(({ ports }) => ports.includes(port));
  if (covering.length > 0 || network.mode === "open") return { covering };
  const near = named[0];
  return { ...none, refused: near === undefined ? noRule(target, policyFile) : wrongPort(target, near, policyFile) };
}

function isDenied(deny: NetworkDeny, { host, port }: Target): boolean {
  return hostMatches(deny.host, host) && (deny.ports.length === 0 || deny.ports.includes(port));
}

function judgeTarget(network: PlannedNetwork, target: Target, options: JudgeOptions): Verdict {
  const { covering, refused } = reach(network, target, options);
  return refused ?? allowed({ network, host: target.host }, covering, covering[0]);
}

interface Question {
  readonly target: Target;
  readonly facts: RequestFacts;
  readonly path: CanonicalPath;
}

/** A rule's answer to a request: nothing when it lets it through; `near` orders the refusals by how little was missing. */
interface Refusal {
  readonly denied: Denied;
  readonly near: number;
}

function judgeRequest(network: PlannedNetwork, question: Question, options: JudgeOptions): Verdict {
  const { target, facts, path } = question;
  const { covering, refused } = reach(network, target, options);
  if (refused !== undefined) return refused;
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/.test(facts.method)) return malformedRequest(target, "its method isn't one");
  const opened = covering.find((rule) => rule.inspect || rule.github !== undefined);
  // Asked of the server as a whole; no rule about paths covers it.
  const whole = facts.method === "OPTIONS" && facts.path === "*";
  if (opened !== undefined && !path.ok && !path.harmless && !whole) return ambiguousPath(target, path.why, opened);
  let best: Refusal | undefined;
  for (const rule of covering) {
    const refusal = refusalBy(rule, question);
    if (refusal === undefined) return allowed({ network, host: target.host }, covering, rule);
    if (best === undefined || refusal.near > best.near) best = refusal;
  }
  // Open means everything but `deny`: rules of it add inspection, upstreams and limits, and take nothing away.
  if (network.mode === "open") return allowed({ network, host: target.host }, covering, undefined);
  return best?.denied ?? internalError();
}

function refusalBy(rule: NetworkRule, { target, facts, path }: Question): Refusal | undefined {
  const { methods, paths, github } = rule;
  if (methods === undefined && paths === undefined && github === undefined) return undefined;
  // SECURITY(T32): origins that obey these headers would act on a method that wasn't judged.
  if ((methods !== undefined || github !== undefined) && overridesMethod(facts))
    return { denied: overriddenMethod(target, rule), near: 3 };
  if ((paths !== undefined || github !== undefined) && overridesPath(facts))
    return { denied: overriddenPath(target, rule), near: 3 };
  if (!path.ok && (paths !== undefined || github !== undefined))
    return { denied: ambiguousPath(target, path.why, rule), near: 4 };
  const methodFits = methods === undefined || methods.includes(facts.method);
  const pathFits = paths === undefined || (path.ok && paths.some((glob) => matchesPath(glob, path.path)));
  if (!pathFits) return { denied: wrongPath(target, path.ok ? path.path : "", rule), near: methodFits ? 2 : 1 };
  if (!methodFits) return { denied: wrongMethod(target, facts.method, rule), near: 3 };
  const repository = judgeRepository(rule, target, facts);
  return repository === undefined ? undefined : { denied: repository, near: 2 };
}

const METHOD_OVERRIDES = ["x-http-method-override", "x-http-method", "x-method-override"];
const PATH_OVERRIDES = ["x-original-url", "x-rewrite-url"];

/** The same method again is no override. */
function overridesMethod({ method, headers }: RequestFacts): boolean {
  return valuesOf(headers, METHOD_OVERRIDES).some((value) => value !== method);
}

function overridesPath({ path, headers }: RequestFacts): boolean {
  return valuesOf(headers, PATH_OVERRIDES).some((value) => value !== path);
}

/** Gateways that hand headers on as variables (CGI, WSGI) don't tell `_` from `-`. */
function valuesOf(headers: RequestFacts["headers"], names: readonly string[]): readonly unknown[] {
  return Object.entries(headers)
    .filter(([name, value]) => value !== undefined && names.includes(name.toLowerCase().replaceAll("_", "-")))
    .map(([, value]) => value);
}
