// The plan's tree in a container: podman shows each source of the host under a number, out of which cordon-init builds the same tree as
// everywhere. Pure.
import type { Fragment, Mount, Op, Plan } from "../../../plan/types.js";
import { opOf, ROOT } from "../../common/clauses/tree.js";
import { words } from "../../common/launch.js";
import { shownProc } from "../../common/mounts.js";

/** In the container, before the tree is built: nothing of it is left in the tree. */
const STAGE = "/.cordon";
export const INIT = `${STAGE}/init`;

export function mountTree(plan: Plan): Fragment {
  return {
    ops: [
      ...plan.mounts.flatMap((mount, at) => (mount.kind === "bind" ? shown(mount, at) : [])),
      ROOT,
      ...plan.mounts.flatMap((mount, at) => {
        if (mount.kind === "proc") return shownProc("/proc", mount.target);
        return mount.kind === "bind" ? [placed(mount, at, plan)] : [opOf(mount, plan)];
      }),
    ],
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

type Bind = Extract<Mount, { kind: "bind" }>;

/** Mount points stay behind in the empty folder: files and folders never share a name. */
function stageOf({ type }: Bind, at: number): string {
  return `${STAGE}/${type === "directory" ? "folder" : "file"}-${at}`;
}

function shown(mount: Bind, at: number): readonly Op[] {
  const word = mountWord({ source: mount.source, target: stageOf(mount, at), write: mount.access === "write" });
  const slot = mount.type === "socket" ? { slot: `socket:${mount.origin}` as const } : {};
  return [...words("--mount"), { op: "wall", fields: [word], ...slot }];
}

function placed(mount: Bind, at: number, plan: Plan): Op {
  const { op, fields } = opOf(mount, plan);
  return { op, fields: [stageOf(mount, at), ...fields.slice(1)] };
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
