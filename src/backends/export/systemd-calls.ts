// The filter of a plan as systemd can say it: names of calls, and families of sockets. Pure. What our filter decides by other arguments is
// either another directive's (clone, personality) or not there.
import type { Architecture } from "../../confinement/seccomp/constants.js";
import { syscallNumbers } from "../../confinement/seccomp/rules.js";
import type { Plan } from "../../plan/types.js";
import { profileOf } from "../common/filter.js";

/** Calls up to Linux 5.17: systemd 252 with the library of its time says of newer ones that it doesn't know them. */
const NEWEST_CALL = 450;
/** These came later, with numbers that had been left free. */
const LATER_CALLS = ["uprobe", "uretprobe"];
const WIDTH = 90;

export interface SystemdCalls {
  /** Lines of names; several SystemCallFilter= add up. */
  readonly names: readonly string[];
  readonly families: readonly string[];
}

export function systemdCalls(plan: Plan, arch: Architecture): SystemdCalls {
  const numbers = syscallNumbers(arch);
  const allowed = profileOf(plan)
    .syscalls.filter(({ action }) => action === "SCMP_ACT_ALLOW" || action === "SCMP_ACT_LOG")
    .flatMap(({ names }) => names)
    .filter((name) => (numbers[name] ?? NEWEST_CALL + 1) <= NEWEST_CALL && !LATER_CALLS.includes(name));
  const strict = "profile" in plan.seccomp && plan.seccomp.profile === "strict";
  return {
    names: wrapped([...new Set(allowed)].toSorted()),
    families: ["AF_UNIX", "AF_INET", "AF_INET6", ...(strict ? [] : ["AF_NETLINK"])],
  };
}

function wrapped(names: readonly string[]): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const name of names) {
    if (line !== "" && line.length + 1 + name.length > WIDTH) {
      lines.push(line);
      line = "";
    }
    line = line === "" ? name : `${line} ${name}`;
  }
  return [...lines, line];
}
