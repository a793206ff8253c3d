// The seccomp part of the OCI runtime specification, with what Docker and Podman add to it in their own profile files.
// Types only: `parse` makes them from untrusted JSON, `profiles/` from source code, `compile` turns them into a program.

export const OCI_ACTIONS = [
  "SCMP_ACT_ALLOW",
  "SCMP_ACT_ERRNO",
  "SCMP_ACT_KILL",
  "SCMP_ACT_KILL_PROCESS",
  "SCMP_ACT_KILL_THREAD",
  "SCMP_ACT_LOG",
  "SCMP_ACT_NOTIFY",
  "SCMP_ACT_TRACE",
  "SCMP_ACT_TRAP",
] as const;

export type OciAction = (typeof OCI_ACTIONS)[number];

export const OCI_OPERATORS = [
  "SCMP_CMP_EQ",
  "SCMP_CMP_NE",
  "SCMP_CMP_LT",
  "SCMP_CMP_LE",
  "SCMP_CMP_GT",
  "SCMP_CMP_GE",
  "SCMP_CMP_MASKED_EQ",
] as const;

export type OciOperator = (typeof OCI_OPERATORS)[number];

export interface OciArg {
  /** 0 to 5. */
  readonly index: number;
  /** What the argument is compared with; the mask of SCMP_CMP_MASKED_EQ. An unsigned 64-bit number. */
  readonly value: number | bigint;
  /** The value that the masked argument must have, for SCMP_CMP_MASKED_EQ; default 0. */
  readonly valueTwo?: number | bigint;
  readonly op: OciOperator;
}

/** When a rule counts; Cordon knows the architecture and the kernel, and a sandbox never has a capability. */
export interface OciFilter {
  readonly arches?: readonly string[];
  readonly caps?: readonly string[];
  /** `4.8`. */
  readonly minKernel?: string;
}

export interface OciRule {
  readonly names: readonly string[];
  readonly action: OciAction;
  /** For SCMP_ACT_ERRNO the errno, for SCMP_ACT_TRACE the message; default EPERM. */
  readonly errnoRet?: number;
  /** All must hold. When one index occurs twice, each condition counts as a rule of its own, as in runc and crun. */
  readonly args?: readonly OciArg[];
  readonly includes?: OciFilter;
  readonly excludes?: OciFilter;
}

export interface OciSeccomp {
  readonly defaultAction: OciAction;
  readonly defaultErrnoRet?: number;
  /** Read and checked only: calls of another architecture than the native one always end the process. */
  readonly architectures?: readonly string[];
  readonly syscalls: readonly OciRule[];
}
