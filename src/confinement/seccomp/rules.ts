// From a profile and overrides to what each system call number gets: a list of argument rules, the first that matches
// decides, and the answer when none does. An override may restrict or redirect what the profile allows, never open what
// the profile refuses.

import { CordonError, unreachable } from "../../core/error.js";
import { type Condition, type OverrideArg, toConditions } from "./condition.js";
import { type Architecture, ERRNO, RET } from "./constants.js";
import type { OciAction, OciArg, OciFilter, OciRule, OciSeccomp } from "./oci.js";
import { SYSCALLS_ARM64, SYSCALLS_X64 } from "./tables.generated.js";

export interface Rule {
  /** All must hold. */
  readonly conditions: readonly Condition[];
  readonly ret: number;
}

export interface Decision {
  readonly rules: readonly Rule[];
  readonly otherwise: number;
}

/** A decision while a profile is being read. */
interface ProfileDecision extends Decision {
  readonly rules: Rule[];
  /** A rule without conditions was met. */
  readonly whole: boolean;
}

/** A rule that is asked before the profile's for what the profile allows. All `args` must hold, an index may be repeated. */
export interface OverrideRule {
  readonly names: readonly string[];
  readonly action: OciAction;
  readonly errnoRet?: number;
  readonly args?: readonly OverrideArg[];
}

export interface RuleInput {
  readonly profile: OciSeccomp;
  readonly arch: Architecture;
  readonly overrides?: readonly OverrideRule[];
  /** Release of the kernel, for `minKernel`; default: the oldest that Cordon runs on. */
  readonly kernel?: string;
}

export interface RuleTable {
  readonly decisions: ReadonlyMap<number, Decision>;
  readonly otherwise: number;
  /** Names of the profile that this architecture doesn't have. */
  readonly skipped: readonly string[];
}

const OLDEST_KERNEL = "5.13";
/** Argument rules over all calls: a hostile file could ask for their product with its names. */
const MAX_ARGUMENT_RULES = 65_536;

export function syscallNumbers(arch: Architecture): Readonly<Record<string, number>> {
  return arch === "x64" ? SYSCALLS_X64 : SYSCALLS_ARM64;
}

export function ruleTable(input: RuleInput): RuleTable {
  const { profile } = input;
  const otherwise = returnValue(profile.defaultAction, profile.defaultErrnoRet);
  const { decisions: given, skipped } = profileDecisions(input, otherwise);
  const decisions = new Map<number, Decision>(given);
  const numbers = syscallNumbers(input.arch);
  const overridden = new Map<number, Rule[]>();
  for (const rule of input.overrides ?? []) {
    const ret = returnValue(rule.action, rule.errnoRet);
    const conditions = toConditions(rule.args ?? []);
    for (const name of rule.names) {
      const number = numberOf(numbers, name);
      if (number !== undefined) pushTo(overridden, number, { conditions, ret });
    }
  }
  for (const [number, overrides] of overridden) {
    decisions.set(number, overlay(decisions.get(number) ?? { rules: [], otherwise }, overrides));
  }
  return { decisions, otherwise, skipped };
}

/** The value that a filter returns for an action. */
export function returnValue(action: OciAction, errnoRet: number = ERRNO.EPERM): number {
  switch (action) {
    case "SCMP_ACT_ALLOW":
      return RET.allow;
    case "SCMP_ACT_ERRNO":
      return RET.errno | errnoRet;
    case "SCMP_ACT_KILL":
    case "SCMP_ACT_KILL_THREAD":
      return RET.killThread;
    case "SCMP_ACT_KILL_PROCESS":
      return RET.killProcess;
    case "SCMP_ACT_LOG":
      return RET.log;
    case "SCMP_ACT_NOTIFY":
      return RET.userNotif;
    case "SCMP_ACT_TRACE":
      return RET.trace | errnoRet;
    case "SCMP_ACT_TRAP":
      return RET.trap;
    default:
      return unreachable(action);
  }
}

function profileDecisions(
  input: RuleInput,
  otherwise: number,
): { decisions: Map<number, ProfileDecision>; skipped: string[] } {
  const numbers = syscallNumbers(input.arch);
  const skipped = new Set<string>();
  const decisions = new Map<number, ProfileDecision>();
  const budget = { left: MAX_ARGUMENT_RULES };
  for (const rule of input.profile.syscalls) {
    if (!applies(rule, input)) continue;
    const ret = returnValue(rule.action, rule.errnoRet);
    const alternatives = splitRepeated(rule.args ?? []).map((args) => ({ conditions: toConditions(args), ret }));
    for (const name of rule.names) {
      const number = numberOf(numbers, name);
      if (number === undefined) skipped.add(name);
      else decisions.set(number, extended(decisions.get(number), { alternatives, otherwise, budget }));
    }
  }
  return { decisions, skipped: [...skipped].sort() };
}

interface Addition {
  readonly alternatives: readonly Rule[];
  readonly otherwise: number;
  readonly budget: { left: number };
}

/** As in libseccomp: the first rule without conditions takes the whole call, whatever else is said about it. */
function extended(known: ProfileDecision | undefined, { alternatives, otherwise, budget }: Addition): ProfileDecision {
  if (known?.whole) return known;
  const whole = alternatives.find((rule) => rule.conditions.length === 0);
  if (whole !== undefined) return { rules: [], otherwise: whole.ret, whole: true };
  budget.left -= alternatives.length;
  if (budget.left < 0) throw new CordonError("policy-invalid", "the seccomp profile has too many argument rules");
  if (known === undefined) return { rules: [...alternatives], otherwise, whole: false };
  known.rules.push(...alternatives);
  return known;
}

/** What runc and crun do with conditions on one index: each becomes a rule of its own, so that any of them is enough. */
function splitRepeated(args: readonly OciArg[]): (readonly OciArg[])[] {
  const repeated = new Set(args.map((arg) => arg.index)).size < args.length;
  return repeated ? args.map((arg) => [arg]) : [args];
}

/** Puts overrides before every answer of a decision that lets the call through. */
function overlay(decision: Decision, overrides: readonly Rule[]): Decision {
  const rules: Rule[] = [];
  for (const rule of decision.rules) {
    if (letsThrough(rule.ret)) {
      for (const { conditions, ret } of overrides) rules.push({ conditions: [...rule.conditions, ...conditions], ret });
    }
    rules.push(rule);
  }
  // A call that the profile refuses stays refused; the guard isn't asked to do it instead.
  if (!letsThrough(decision.otherwise)) return { rules, otherwise: decision.otherwise };
  for (const override of overrides) {
    if (override.conditions.length === 0) return { rules, otherwise: override.ret };
    rules.push(override);
  }
  return { rules, otherwise: decision.otherwise };
}

function letsThrough(ret: number): boolean {
  return ret === RET.allow || ret === RET.log;
}

function applies(rule: OciRule, input: RuleInput): boolean {
  const names = input.arch === "x64" ? ["amd64", "x86_64"] : ["arm64", "aarch64"];
  const kernel = input.kernel ?? OLDEST_KERNEL;
  const hasArch = (filter: OciFilter): boolean => (filter.arches ?? []).some((arch) => names.includes(arch));
  const { includes = {}, excludes = {} } = rule;
  if (hasArch(excludes)) return false;
  if (excludes.minKernel !== undefined && atLeast(kernel, excludes.minKernel)) return false;
  if ((includes.arches ?? []).length > 0 && !hasArch(includes)) return false;
  if (includes.minKernel !== undefined && !atLeast(kernel, includes.minKernel)) return false;
  return (includes.caps ?? []).length === 0;
}

function atLeast(release: string, wanted: string): boolean {
  const [major = 0, minor = 0] = release.split(/[.-]/).map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = wanted.split(".").map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

function numberOf(numbers: Readonly<Record<string, number>>, name: string): number | undefined {
  return Object.hasOwn(numbers, name) ? numbers[name] : undefined;
}

function pushTo<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
