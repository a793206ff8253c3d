// The system call filter, compiled for this processor, with the guard's calls redirected to it when there are guarded trees. Pure.
import { compileSeccomp } from "../../../confinement/seccomp/compile.js";
import type { Architecture } from "../../../confinement/seccomp/constants.js";
import { type GuardDuty, guardOverrides, RECORDED } from "../../../confinement/seccomp/guard.js";
import type { OverrideRule } from "../../../confinement/seccomp/rules.js";
import { messageOf } from "../../../core/error.js";
import type { HostFacts } from "../../../host/types.js";
import type { Fragment, Plan } from "../../../plan/types.js";
import { namedProfile } from "../filter.js";
import { BUNDLED_FILTERS, filterKey } from "../filters.js";
import { dutyOf } from "./guard.js";
import { broken } from "./promises.js";

const FLAG = { notify: 1, nested: 2 } as const;

type Program = { readonly ok: true; readonly bytes: Uint8Array } | { readonly ok: false; readonly reason: string };

/** The same input always gives the same bytes, so a process that launches many sandboxes compiles each filter once. */
const COMPILED = new Map<string, Program>();

export function seccomp(plan: Plan, facts: HostFacts): Fragment {
  const controls = ["process.seccomp", "ipc.keyring", ...(plan.nested ? [] : ["process.no-namespaces"])];
  const program: Program = facts.seccomp.filter
    ? programFor(plan, facts)
    : { ok: false, reason: "this kernel has no seccomp filters" };
  if (!program.ok) return { cannot: controls.map((control) => ({ control, reason: program.reason })) };
  const isFile = !("profile" in plan.seccomp);
  const name = "profile" in plan.seccomp ? plan.seccomp.profile : plan.seccomp.file;
  const lost = isFile
    ? controls.flatMap((control) => lostBy(control, name, broken(control, program.bytes, facts.kernel.architecture)))
    : [];
  const held = controls.filter((control) => !lost.some((each) => each.control === control));
  return {
    ops: [{ op: "seccomp", fields: [program.bytes, flagsOf(plan, facts)] }],
    enforces: held.map((control) => ({ control, mechanism: `${BESIDE[control] ?? ""}seccomp filter (${name})` })),
    cannot: lost,
  };
}

function flagsOf(plan: Plan, facts: HostFacts): number {
  return dutyOf(plan, facts) === undefined ? 0 : FLAG.notify | (plan.nested ? FLAG.nested : 0);
}

/** What else holds a control. */
const BESIDE: Readonly<Record<string, string>> = {
  "ipc.keyring": "an empty session keyring; ",
  "process.no-namespaces": "no capabilities; ",
};

function lostBy(control: string, file: string, call: string | undefined): NonNullable<Fragment["cannot"]> {
  return call === undefined ? [] : [{ control, reason: `${file} allows ${call}` }];
}

function programFor(plan: Plan, facts: HostFacts): Program {
  if (!("profile" in plan.seccomp)) return compile(plan, facts);
  const { architecture, release } = facts.kernel;
  const key = filterKey(plan.seccomp.profile, architecture, dutyOf(plan, facts));
  const bundled = plan.nested || !plan.record.exec ? undefined : BUNDLED_FILTERS[key];
  const memo = `${key} ${plan.nested} ${plan.record.exec} ${release}`;
  const known = COMPILED.get(memo) ?? (bundled === undefined ? compile(plan, facts) : decoded(bundled));
  COMPILED.set(memo, known);
  return known;
}

function decoded(base64: string): Program {
  return { ok: true, bytes: Buffer.from(base64, "base64") };
}

function compile(plan: Plan, facts: HostFacts): Program {
  const named = namedProfile(plan);
  if (!named.ok) return { ok: false, reason: `${named.file} ${named.problem}` };
  const arch = facts.kernel.architecture;
  const duty = dutyOf(plan, facts);
  try {
    const { program } = compileSeccomp({
      profile: named.profile,
      arch,
      kernel: facts.kernel.release,
      ...(duty === undefined ? {} : { overrides: overridesOf(plan, duty, arch) }),
    });
    return { ok: true, bytes: program };
  } catch (error) {
    return { ok: false, reason: messageOf(error) };
  }
}

function overridesOf({ record }: Plan, duty: GuardDuty, arch: Architecture): readonly OverrideRule[] {
  const all = guardOverrides(arch, duty);
  return record.exec ? all : all.filter(({ names }) => names !== RECORDED);
}
