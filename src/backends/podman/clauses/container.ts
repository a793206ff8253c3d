// The container that podman makes: what it takes away, before cordon-init takes the rest. Pure.
import type { HostFacts } from "../../../host/types.js";
import type { Fragment, Op, Plan } from "../../../plan/types.js";
import { DESCRIPTOR, program, words } from "../../common/launch.js";
import { containerFilter } from "./filter.js";
import { INIT, mountWord } from "./mounts.js";

const CLONE_NEWCGROUP = 0x02000000;
/** What isn't told by the host's probe, on a host that is made up. */
const FOLDER = "/podman";

export function container(plan: Plan, facts: HostFacts): Fragment {
  const { words: host = ["run"], env = {} } = facts.walls?.["podman"] ?? {};
  return {
    ops: [
      ...program("podman", facts),
      ...words(...host, "--rm", "--preserve-fds=1"),
      ...words("--userns=keep-id", "--network=none", "--ipc=private", "--no-hosts", "--http-proxy=false"),
      ...words(`--hostname=${plan.identity.hostname}`, "--log-driver=none", "--systemd=false"),
      ...words("--read-only", "--read-only-tmpfs=false", "--cap-drop=ALL", "--security-opt=no-new-privileges"),
      // SELinux would have to give the user's own folders another label: named folders are all that the container sees.
      ...words("--security-opt=label=disable", `--security-opt=seccomp=/proc/self/fd/${DESCRIPTOR.files}`),
      { op: "wall-file", fields: [DESCRIPTOR.files, containerFilter(facts)] },
      ...Object.entries(env).map(([name, value]): Op => ({ op: "wall-env", fields: [`${name}=${value}`] })),
      { op: "namespaces", fields: [CLONE_NEWCGROUP] },
    ],
    enforces: [
      { control: "process.pid-namespace", mechanism: "podman's PID namespace, with a /proc of its own" },
      {
        control: "process.no-host-signals",
        mechanism: "podman's PID namespace: processes outside have no number inside",
      },
      {
        control: "process.dies-with-supervisor",
        mechanism:
          "the container's first process ends with its channel to Cordon, and podman --rm takes the container away",
      },
      { control: "ipc.private", mechanism: "podman --ipc=private" },
      {
        control: "ipc.abstract-sockets",
        mechanism: "podman --network=none: abstract sockets of the host aren't in it",
      },
    ],
  };
}

/** An empty folder is the container's root; what it shows of the host are the plan's binds, and cordon-init. */
export function innermostInContainer(_plan: Plan, facts: HostFacts): Fragment {
  const folder = facts.walls?.["podman"]?.folder ?? FOLDER;
  const init = mountWord({ source: facts.init?.path ?? "cordon-init", target: INIT, write: false });
  return { ops: words("--mount", init, "--rootfs", folder, INIT, "init") };
}
