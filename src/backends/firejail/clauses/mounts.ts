// The tree that cordon-init builds inside of firejail. A new /proc may not be mounted there, so firejail's is shown. Pure.
import type { Fragment, Plan } from "../../../plan/types.js";
import { opOf, ROOT } from "../../common/clauses/tree.js";
import { shownProc } from "../../common/mounts.js";

export function mountTree(plan: Plan): Fragment {
  return {
    ops: [
      ROOT,
      ...plan.mounts.flatMap((mount) =>
        mount.kind === "proc" ? shownProc("/proc", mount.target) : [opOf(mount, plan)],
      ),
    ],
    enforces: [
      {
        control: "devices.minimal",
        mechanism: "firejail --private-dev, and of it null, zero, full, random, urandom, tty; pts and shm of its own",
      },
      {
        control: "proc.masked",
        mechanism:
          "firejail's /proc, its kernel files covered or read-only by firejail and cordon-init, no /sys but its harmless parts",
      },
    ],
  };
}
