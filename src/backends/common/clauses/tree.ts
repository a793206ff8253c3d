// The mount tree as cordon-init builds it: an empty root into which only the plan's mounts come, in the plan's order. Pure.
import { unreachable } from "../../../core/error.js";
import type { HostFacts } from "../../../host/types.js";
import type { Fragment, Mount, Op, Plan } from "../../../plan/types.js";
import { tmpfsBytes } from "../mounts.js";

const TMPFS = { exec: 1, sealed: 2 } as const;
const BIND = { write: 1, exec: 2, directory: 4, idmapped: 8 } as const;

/** For mount points and the files that the plan makes itself; the root is sealed read-only at the end. */
const ROOT_BYTES = 16 * 1024 * 1024;

/** Begins a tree. */
export const ROOT: Op = { op: "root", fields: [ROOT_BYTES] };

export function mountTree(plan: Plan, facts: HostFacts): Fragment {
  const ops = [ROOT, ...plan.mounts.map((mount) => opOf(mount, plan))];
  const procMissing = !facts.namespaces.proc && plan.mounts.some(({ kind }) => kind === "proc");
  const reason = "a fresh /proc can't be mounted in a namespace here";
  return {
    ops,
    enforces: [
      {
        control: "devices.minimal",
        mechanism: "mount namespace: a /dev of its own with null, zero, full, random, urandom, tty, pts and shm",
      },
      ...(procMissing
        ? []
        : [
            {
              control: "proc.masked",
              mechanism:
                "mount namespace: a /proc of its own with hidepid, kernel files hidden or read-only, no /sys but its harmless parts",
            },
          ]),
    ],
    ...(procMissing ? { cannot: [{ control: "proc.masked", reason }] } : {}),
  };
}

export function opOf(mount: Mount, plan: Plan): Op {
  switch (mount.kind) {
    case "tmpfs":
      return {
        op: "tmpfs",
        fields: [
          mount.target,
          mount.mode,
          tmpfsBytes(mount, plan),
          bits(TMPFS, { exec: mount.exec, sealed: mount.readOnly }),
        ],
      };
    case "bind":
      return {
        op: "bind",
        fields: [mount.source, mount.target, bindFlags(mount, plan)],
        ...(mount.type === "socket" ? { slot: `socket:${mount.origin}` as const } : {}),
      };
    case "directory":
      return { op: "directory", fields: [mount.target, mount.mode] };
    case "file":
      return { op: "file", fields: [mount.target, mount.mode, new TextEncoder().encode(mount.content)] };
    case "run-file":
      return { op: "file", fields: [mount.target, mount.mode, new Uint8Array()], slot: mount.content };
    case "symlink":
      return { op: "symlink", fields: [mount.target, mount.value] };
    case "mask":
    case "proc":
    case "dev":
      return { op: mount.kind, fields: [mount.target] };
    default:
      return unreachable(mount);
  }
}

function bindFlags(mount: Extract<Mount, { kind: "bind" }>, plan: Plan): number {
  return bits(BIND, {
    write: mount.access === "write",
    exec: mount.exec,
    directory: mount.type === "directory",
    // The system's files keep their owner; what is granted belongs to the command when root granted it.
    idmapped: plan.identity.mapOwner !== undefined && mount.origin !== "system" && mount.origin !== "command",
  });
}

function bits<Name extends string>(
  values: Readonly<Record<Name, number>>,
  set: Readonly<Partial<Record<Name, boolean>>>,
): number {
  let flags = 0;
  for (const name of Object.keys(values) as Name[]) if (set[name] === true) flags |= values[name];
  return flags;
}

/** What the tree itself promises. */
export function files(plan: Plan): Fragment {
  const home =
    plan.home.mode === "private"
      ? "mount namespace: an empty tmpfs is the home"
      : "mount namespace: a folder kept by Cordon for this policy is the home";
  return {
    enforces: [
      { control: "files.home-hidden", mechanism: home },
      {
        control: "files.system-read-only",
        mechanism: "mount namespace: read-only, nosuid, nodev binds of the system's folders",
      },
      {
        control: "files.named-only",
        mechanism: "pivot_root onto a tmpfs that holds the plan's mounts and nothing else, the host's root detached",
      },
      { control: "files.tmp-private", mechanism: "mount namespace: /tmp is a tmpfs of the sandbox" },
      ...(plan.workspace.mode === "read"
        ? [{ control: "workspace.read-only", mechanism: "mount namespace: the workspace is a read-only bind" }]
        : []),
    ],
  };
}

/** Names that exist already have a mount of their own over them; the guard holds those that don't. */
export function protectedFiles(plan: Plan): Fragment {
  const masked = plan.mounts.filter(({ kind }) => kind === "mask").length;
  return {
    enforces: [
      {
        control: "files.deny",
        mechanism: `mount namespace: ${masked} existing paths are covered by unreadable empty ones`,
      },
    ],
  };
}
