// What firejail itself takes away: the outer wall. Pure.
import { SCOPE } from "../../../confinement/landlock.js";
import type { HostFacts } from "../../../host/types.js";
import { isInside } from "../../../plan/paths.js";
import type { Fragment, Op, Plan } from "../../../plan/types.js";
import { DESCRIPTOR, program, words } from "../../common/launch.js";

const CLONE_NEWCGROUP = 0x02000000;
const CLONE_NEWNET = 0x40000000;
/** The channel to the outer process (native/PROTOCOL.md). */
const MEETING = 3;
/** Of Landlock, from which on signals stay among the command's own processes. */
const SIGNALS_ABI = 6;

export function jail(plan: Plan, facts: HostFacts): Fragment {
  return {
    ops: [
      ...program("firejail", facts),
      ...words("--quiet", "--noprofile", `--keep-fd=${MEETING},${DESCRIPTOR.init}`, "--deterministic-shutdown"),
      ...words("--net=none", "--ipc-namespace", `--hostname=${plan.identity.hostname}`, "--private-dev"),
      ...words(
        "--nogroups",
        "--nonewprivs",
        "--caps.drop=all",
        "--protocol=unix,inet,inet6,netlink",
        "--dbus-user=none",
      ),
      ...home(plan, facts),
      ...variable(plan),
      { op: "namespaces", fields: [CLONE_NEWNET | CLONE_NEWCGROUP] },
      { op: "wall-env", fields: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"] },
    ],
    enforces: [
      { control: "process.pid-namespace", mechanism: "firejail's PID namespace and /proc" },
      {
        control: "process.no-host-signals",
        mechanism: "firejail's PID namespace: processes outside have no number inside",
      },
      ending(facts),
      { control: "ipc.private", mechanism: "firejail --ipc-namespace" },
      {
        control: "ipc.abstract-sockets",
        mechanism: "firejail --net=none and a network namespace inside: abstract sockets of the host aren't in them",
      },
    ],
  };
}

function ending({ landlock: { abi } }: HostFacts): NonNullable<Fragment["enforces"]>[number] {
  const control = "process.dies-with-supervisor";
  const keeper = "a process beside the command's first one ends everything when Cordon is gone";
  if (abi >= SIGNALS_ABI && SCOPE.signal > 0)
    return { control, mechanism: `firejail's PID namespace; ${keeper}; Landlock keeps the command's signals from it` };
  return {
    control,
    degraded: true,
    mechanism: `${keeper}, which the command can end as well (Landlock before ABI ${SIGNALS_ABI})`,
  };
}

/** Of the home only what the plan shows: firejail hides the rest, before cordon-init builds its tree out of what is left. */
function home({ mounts }: Plan, { user }: HostFacts): readonly Op[] {
  const sources = mounts.flatMap((mount) =>
    mount.kind === "bind" && mount.type !== "socket" && isInside(mount.source, user.home) ? [mount.source] : [],
  );
  if (sources.length === 0) return words("--private");
  return words(...[...new Set(sources)].map((source) => `--whitelist=${source}`));
}

/** It covers /var/tmp, and makes all of /var read-only, before cordon-init builds its tree out of what is left. */
function variable({ mounts }: Plan): readonly Op[] {
  const binds = mounts.flatMap((mount) => (mount.kind === "bind" && isInside(mount.source, "/var") ? [mount] : []));
  const temporary = binds.some(({ source }) => isInside(source, "/var/tmp"));
  const written = binds.some(({ access }) => access === "write");
  return [...(temporary ? words("--keep-var-tmp") : []), ...(written ? words("--writable-var") : [])];
}
