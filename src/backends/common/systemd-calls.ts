// A system call filter as systemd can say it: names of calls, and families of sockets. Pure. What our filter decides by other arguments is
// either another directive's (clone, personality) or not there.
import type { Architecture } from "../../confinement/seccomp/constants.js";
import type { OciSeccomp } from "../../confinement/seccomp/oci.js";
import { syscallNumbers } from "../../confinement/seccomp/rules.js";
import type { Plan } from "../../plan/types.js";

/** Calls up to Linux 5.17: systemd 252 with the library of its time says of newer ones that it doesn't know them. */
const NEWEST_CALL = 450;
/** These came later, with numbers that had been left free. */
const LATER_CALLS = ["uprobe", "uretprobe"];
const WIDTH = 90;

/** Lines of names; several SystemCallFilter= add up. */
export function systemdCalls(profile: OciSeccomp, arch: Architecture): readonly string[] {
  const numbers = syscallNumbers(arch);
  const allowed = profile.syscalls
    .filter(({ action }) => action === "SCMP_ACT_ALLOW" || action === "SCMP_ACT_LOG")
    .flatMap(({ names }) => names)
    .filter((name) => (numbers[name] ?? NEWEST_CALL + 1) <= NEWEST_CALL && !LATER_CALLS.includes(name));
  return wrapped([...new Set(allowed)].toSorted());
}

export function socketFamilies({ seccomp }: Pick<Plan, "seccomp">): readonly string[] {
  const strict = "profile" in seccomp && seccomp.profile === "strict";
  return ["AF_UNIX", "AF_INET", "AF_INET6", ...(strict ? [] : ["AF_NETLINK"])];
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
