// The namespaces that bwrap makes, and who the command is in them. Pure.
import type { HostFacts } from "../../../host/types.js";
import type { Fragment, Plan } from "../../../plan/types.js";
import { program, words } from "../../common/launch.js";

export function namespaces({ identity }: Plan, facts: HostFacts): Fragment {
  const kinds = ["user", "ipc", "pid", "net", "uts", "cgroup"].map((kind) => `--unshare-${kind}`);
  return {
    ops: [
      ...program("bwrap", facts),
      ...words(...kinds, "--uid", `${identity.uid}`, "--gid", `${identity.gid}`, "--hostname", identity.hostname),
      // cordon-init is the first process and collects orphans; the one right that it is left with is the one to give the others up.
      ...words("--as-pid-1", "--die-with-parent", "--cap-drop", "ALL", "--cap-add", "CAP_SETPCAP"),
    ],
    enforces: [
      { control: "process.pid-namespace", mechanism: "bwrap --unshare-pid with a --proc of its own" },
      { control: "process.no-host-signals", mechanism: "bwrap --unshare-pid: processes outside have no number inside" },
      {
        control: "process.dies-with-supervisor",
        mechanism: "bwrap --die-with-parent, and a first process that ends everything when its channel to Cordon ends",
      },
      { control: "ipc.private", mechanism: "bwrap --unshare-ipc" },
      { control: "ipc.abstract-sockets", mechanism: "bwrap --unshare-net: abstract sockets of the host aren't in it" },
    ],
  };
}
