// One comparison of a system call's argument, in the few kinds that the compiler knows.

import { unreachable } from "../../core/error.js";
import type { OciArg } from "./oci.js";

/** One comparison of a 64-bit argument; every OCI operator is one of these, plain or negated. */
export interface Condition {
  readonly index: number;
  readonly kind: "masked" | "any-bit" | "greater" | "greater-equal";
  readonly value: bigint;
  /** For `masked` only. */
  readonly mask: bigint;
  readonly negated: boolean;
}

/** As OciArg; `any-bit` holds when the argument has any of the bits of `value`, which OCI can't say. */
export type OverrideArg = OciArg | { readonly index: number; readonly op: "any-bit"; readonly value: number | bigint };

const ALL_BITS = 0xffff_ffff_ffff_ffffn;

/** The condition, or undefined when it says nothing. */
function toCondition(arg: OverrideArg): Condition | undefined {
  const { index, op } = arg;
  const value = BigInt.asUintN(64, BigInt(arg.value));
  const make = (kind: Condition["kind"], negated: boolean): Condition => ({
    index,
    kind,
    value,
    mask: ALL_BITS,
    negated,
  });
  switch (op) {
    case "SCMP_CMP_EQ":
      return make("masked", false);
    case "SCMP_CMP_NE":
      return make("masked", true);
    case "SCMP_CMP_LT":
      return make("greater-equal", true);
    case "SCMP_CMP_LE":
      return make("greater", true);
    case "SCMP_CMP_GT":
      return make("greater", false);
    case "SCMP_CMP_GE":
      return make("greater-equal", false);
    case "SCMP_CMP_MASKED_EQ": {
      // libseccomp masks the wanted value too.
      const wanted = BigInt.asUintN(64, BigInt(arg.valueTwo ?? 0)) & value;
      // A comparison of no bits says nothing; libseccomp too drops it before it looks whether a rule is conditional.
      return value === 0n ? undefined : { index, kind: "masked", value: wanted, mask: value, negated: false };
    }
    case "any-bit":
      return make("any-bit", false);
    default:
      return unreachable(op);
  }
}

export function toConditions(args: readonly OverrideArg[]): Condition[] {
  return args.map(toCondition).filter((condition) => condition !== undefined);
}
