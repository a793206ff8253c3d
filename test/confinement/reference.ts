// The meaning of a profile, written down a second time and as directly as possible, for tests to compare programs with:
// no ranges, no trees, no numbers of our tables but by name. Slow on purpose.

import type { OverrideArg } from "../../src/confinement/seccomp/condition.js";
import type { OciAction, OciArg, OciRule, OciSeccomp } from "../../src/confinement/seccomp/oci.js";
import type { OverrideRule } from "../../src/confinement/seccomp/rules.js";

const ACTION_VALUES: Readonly<Record<OciAction, number>> = {
  SCMP_ACT_KILL_PROCESS: 0x80000000,
  SCMP_ACT_KILL_THREAD: 0,
  SCMP_ACT_KILL: 0,
  SCMP_ACT_TRAP: 0x30000,
  SCMP_ACT_ERRNO: 0x50000,
  SCMP_ACT_NOTIFY: 0x7fc00000,
  SCMP_ACT_TRACE: 0x7ff00000,
  SCMP_ACT_LOG: 0x7ffc0000,
  SCMP_ACT_ALLOW: 0x7fff0000,
};

export function actionValue(action: OciAction, errnoRet = 1): number {
  return ACTION_VALUES[action] + (action === "SCMP_ACT_ERRNO" || action === "SCMP_ACT_TRACE" ? errnoRet : 0);
}

export interface Call {
  readonly name: string;
  readonly args: readonly bigint[];
}

/** What a call of the native architecture gets. */
export function answer(profile: OciSeccomp, overrides: readonly OverrideRule[], call: Call): number {
  const given = profileAnswer(profile, call);
  if (given !== ACTION_VALUES.SCMP_ACT_ALLOW && given !== ACTION_VALUES.SCMP_ACT_LOG) return given;
  const override = overrides.find(
    (rule) => rule.names.includes(call.name) && (rule.args ?? []).every((arg) => holds(arg, call.args)),
  );
  return override === undefined ? given : actionValue(override.action, override.errnoRet);
}

function profileAnswer(profile: OciSeccomp, call: Call): number {
  const rules = profile.syscalls.filter((rule) => rule.names.includes(call.name)).flatMap(splitRepeated);
  const whole = rules.find((rule) => (rule.args ?? []).every(isAlwaysTrue));
  const matching = whole ?? rules.find((rule) => (rule.args ?? []).every((arg) => holds(arg, call.args)));
  if (matching === undefined) return actionValue(profile.defaultAction, profile.defaultErrnoRet);
  return actionValue(matching.action, matching.errnoRet);
}

/** As runc does: with an index twice, each condition is a rule. */
export function splitRepeated(rule: OciRule): OciRule[] {
  const args = rule.args ?? [];
  if (args.every((arg, at) => args.findIndex((other) => other.index === arg.index) === at)) return [rule];
  return args.map((arg) => ({ ...rule, args: [arg] }));
}

function isAlwaysTrue(arg: OciArg): boolean {
  return arg.op === "SCMP_CMP_MASKED_EQ" && BigInt(arg.value) === 0n;
}

function holds(arg: OverrideArg, args: readonly bigint[]): boolean {
  const actual = args[arg.index] ?? 0n;
  const value = BigInt(arg.value);
  switch (arg.op) {
    case "SCMP_CMP_EQ":
      return actual === value;
    case "SCMP_CMP_NE":
      return actual !== value;
    case "SCMP_CMP_LT":
      return actual < value;
    case "SCMP_CMP_LE":
      return actual <= value;
    case "SCMP_CMP_GT":
      return actual > value;
    case "SCMP_CMP_GE":
      return actual >= value;
    case "SCMP_CMP_MASKED_EQ":
      return (actual & value) === (BigInt(arg.valueTwo ?? 0) & value);
    case "any-bit":
      return (actual & value) !== 0n;
  }
}
