// The plan's tree in a service, out of what systemd shows of the host. Pure.
import { systemdPath } from "../../../core/argv.js";
import type { Fragment, Op, Plan } from "../../../plan/types.js";
import { type Bind, stagedTree } from "../../common/staged.js";

export function mountTree(plan: Plan): Fragment {
  return {
    ops: stagedTree(plan, { show: shown }),
    enforces: [
      {
        control: "devices.minimal",
        mechanism:
          "systemd PrivateDevices=, and of it null, zero, full, random, urandom, tty; pts and shm of cordon-init's own",
      },
      {
        control: "proc.masked",
        mechanism:
          "a /proc of cordon-init's own with hidepid, kernel files hidden or read-only, no /sys but its harmless parts",
      },
      {
        control: "files.named-only",
        mechanism: "systemd TemporaryFileSystem=/ with BindPaths= of the plan's paths",
      },
    ],
  };
}

function shown(mount: Bind, stage: string): readonly Op[] {
  const name = mount.access === "write" ? "BindPaths" : "BindReadOnlyPaths";
  const slot = mount.type === "socket" ? { slot: `socket:${mount.origin}` as const } : {};
  return [{ op: "wall", fields: [`--property=${name}=${systemdPath(mount.source)}:${stage}`], ...slot }];
}
