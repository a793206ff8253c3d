// The plan's tree in a container, out of what podman shows of the host. Pure.
import type { Fragment, Op, Plan } from "../../../plan/types.js";
import { words } from "../../common/launch.js";
import { shownProc } from "../../common/mounts.js";
import { type Bind, STAGE, stagedTree } from "../../common/staged.js";

export const INIT = `${STAGE}/init`;

export function mountTree(plan: Plan): Fragment {
  return {
    ops: stagedTree(plan, { show: shown, proc: (target) => shownProc("/proc", target) }),
    enforces: [
      {
        control: "devices.minimal",
        mechanism: "podman's /dev, and of it null, zero, full, random, urandom, tty; pts and shm of its own",
      },
      {
        control: "proc.masked",
        mechanism:
          "podman's /proc, its kernel files covered or read-only by podman and cordon-init, no /sys but its harmless parts",
      },
      {
        control: "files.named-only",
        mechanism: "podman --rootfs of an empty folder, --mount of the plan's paths (without SELinux labels)",
      },
    ],
  };
}

function shown(mount: Bind, stage: string): readonly Op[] {
  const word = mountWord({ source: mount.source, target: stage, write: mount.access === "write" });
  const slot = mount.type === "socket" ? { slot: `socket:${mount.origin}` as const } : {};
  return [...words("--mount"), { op: "wall", fields: [word], ...slot }];
}

/** podman reads the word as a line of comma-separated values. */
export function mountWord(mount: {
  readonly source: string;
  readonly target: string;
  readonly write: boolean;
}): string {
  const source = `source=${mount.source}`;
  const quoted = /[",\n\r]|^\s|\s$/.test(source) ? `"${source.replaceAll('"', '""')}"` : source;
  return ["type=bind", quoted, `target=${mount.target}`, "bind-propagation=rprivate", `ro=${!mount.write}`].join(",");
}
