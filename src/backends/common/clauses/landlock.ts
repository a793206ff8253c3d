// Landlock, the second layer below the mount tree. What it adds is named beside the first layer's mechanism; no control rests on
// it alone but the guard's (see guard.ts). Pure.
import { landlockRules, SCOPE } from "../../../confinement/landlock.js";
import type { HostFacts } from "../../../host/types.js";
import type { Fragment, Plan } from "../../../plan/types.js";

export function landlock(plan: Plan, facts: HostFacts): Fragment {
  const { abi } = facts.landlock;
  const rules = landlockRules(plan, abi);
  if (rules.handledFs === 0 && rules.handledNet === 0 && rules.scoped === 0) return {};
  const mechanism = `Landlock (ABI ${abi})`;
  return {
    ops: [
      { op: "landlock", fields: [rules.handledFs, rules.handledNet, rules.scoped] },
      ...rules.paths.map(({ path, access }) => ({ op: "landlock-path", fields: [path, access] })),
    ],
    enforces: [
      ...(rules.handledFs === 0
        ? []
        : ["files.system-read-only", "workspace.read-only"].map((control) => ({ control, mechanism }))),
      ...((rules.scoped & SCOPE.signal) === 0 ? [] : [{ control: "process.no-host-signals", mechanism }]),
      ...((rules.scoped & SCOPE.abstractUnixSocket) === 0 ? [] : [{ control: "ipc.abstract-sockets", mechanism }]),
    ],
  };
}
