// The namespaces that unshare(1) makes. Pure.
import type { HostFacts } from "../../../host/types.js";
import type { Fragment, Plan } from "../../../plan/types.js";
import { program, words } from "../../common/launch.js";

export function namespaces({ identity }: Plan, facts: HostFacts): Fragment {
  return {
    ops: [
      ...program("unshare", facts),
      // cordon-init builds the tree with the rights that it has in the new user namespace, and then gives them up.
      ...words("--user", "--map-current-user", "--keep-caps"),
      ...["mount", "ipc", "net", "uts", "cgroup", "pid"].flatMap((kind) => words(`--${kind}`)),
      ...words("--fork", "--kill-child=SIGKILL"),
      { op: "hostname", fields: [identity.hostname] },
    ],
    enforces: [
      { control: "process.pid-namespace", mechanism: "unshare --pid --fork with a /proc of its own" },
      { control: "process.no-host-signals", mechanism: "unshare --pid: processes outside have no number inside" },
      {
        control: "process.dies-with-supervisor",
        mechanism: "unshare --kill-child, and a first process that ends everything when its channel to Cordon ends",
      },
      { control: "ipc.private", mechanism: "unshare --ipc" },
      { control: "ipc.abstract-sockets", mechanism: "unshare --net: abstract sockets of the host aren't in it" },
    ],
  };
}
