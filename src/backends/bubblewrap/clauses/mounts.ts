// The mount tree as words for bwrap, in the plan's order. What bwrap has no word for (a mount without execution, a cover that can't be read)
// cordon-init does in bwrap's namespaces from outside. Pure.

import { uncovered } from "../../../confinement/landlock.js";
import { unreachable } from "../../../core/error.js";
import type { HostFacts } from "../../../host/types.js";
import { isInside, parentOf } from "../../../plan/paths.js";
import type { Fragment, Mount, Op, Plan } from "../../../plan/types.js";
import { DESCRIPTOR, words } from "../../common/launch.js";
import { COVER_STORE, PROC_COVERED, PROC_READ_ONLY, tmpfsBytes } from "../../common/mounts.js";

const ATTRIBUTE = { noExec: 2 } as const;
const SHM_BYTES = 256 * 1024 * 1024;

export function mountTree(plan: Plan, _facts: HostFacts): Fragment {
  const files = new Files();
  return {
    ops: [
      ...coverStore(files),
      ...plan.mounts.flatMap((mount, at) => [...parentsOf(plan.mounts, at), ...opsOf(mount, { plan, files })]),
      ...uncovered(plan.mounts).flatMap(attributesOf),
      ...files.ops(),
    ],
    enforces: [
      {
        control: "devices.minimal",
        mechanism: "bwrap --dev: null, zero, full, random, urandom, tty, pts and shm, read-only but for shm",
      },
      {
        control: "proc.masked",
        mechanism:
          "bwrap --proc, kernel files of it covered by cordon-init or read-only, no /sys but its harmless parts",
      },
    ],
  };
}

/** After everything that is made in them. */
export function sealed({ mounts }: Plan): Fragment {
  const trees = uncovered(mounts).flatMap((mount) => {
    if (mount.kind === "dev") return [mount.target];
    return mount.kind === "tmpfs" && mount.readOnly ? [mount.target] : [];
  });
  return { ops: [...trees, "/"].flatMap((target) => words("--remount-ro", target)) };
}

/** Contents that bwrap reads from descriptors. */
class Files {
  readonly #contents: { readonly content: Uint8Array; readonly slot?: Op["slot"] }[] = [];

  /** The number of the descriptor. */
  add(content: Uint8Array, slot?: Op["slot"]): string {
    this.#contents.push(slot === undefined ? { content } : { content, slot });
    return `${DESCRIPTOR.files + this.#contents.length - 1}`;
  }

  ops(): readonly Op[] {
    return this.#contents.map(({ content, slot }, index) => ({
      op: "wall-file",
      fields: [DESCRIPTOR.files + index, content],
      ...(slot === undefined ? {} : { slot }),
    }));
  }
}

/** What covers are copies of. */
function coverStore(files: Files): readonly Op[] {
  return [
    ...words("--perms", "0711", "--dir", COVER_STORE, "--perms", "0000", "--dir", `${COVER_STORE}/directory`),
    ...words("--perms", "0000", "--file", files.add(new Uint8Array()), `${COVER_STORE}/file`),
  ];
}

/** bwrap gives the folders on the way to a target the target's own mode, or 0755 when it makes them by themselves. */
function parentsOf(mounts: readonly Mount[], at: number): readonly Op[] {
  const before = mounts.slice(0, at);
  const { kind, target } = mounts[at] ?? { kind: "mask", target: "/" };
  const parent = parentOf(target);
  const ground = before.findLast((each) => GROUND.has(each.kind) && isInside(parent, each.target));
  // In a folder of the host nothing is made.
  if (kind === "mask" || parent === "/" || ground?.kind === "bind") return [];
  if (before.some((each) => each.kind !== "mask" && isInside(each.target, parent))) return [];
  return words("--dir", parent);
}

const GROUND: ReadonlySet<Mount["kind"]> = new Set(["bind", "tmpfs", "proc", "dev"]);

interface Context {
  readonly plan: Plan;
  readonly files: Files;
}

function opsOf(mount: Mount, { plan, files }: Context): readonly Op[] {
  const { target } = mount;
  switch (mount.kind) {
    case "tmpfs":
      return words("--perms", octal(mount.mode), "--size", `${tmpfsBytes(mount, plan)}`, "--tmpfs", target);
    case "bind":
      return bind(mount);
    case "directory":
      return words("--perms", octal(mount.mode), "--dir", target);
    case "file":
      return words("--perms", octal(mount.mode), "--file", files.add(new TextEncoder().encode(mount.content)), target);
    case "run-file":
      return words("--perms", octal(mount.mode), "--file", files.add(new Uint8Array(), mount.content), target);
    case "symlink":
      return words("--symlink", mount.value, target);
    case "mask":
      return [{ op: "mask", fields: [target] }];
    case "proc":
      return [
        ...words("--proc", target),
        ...PROC_READ_ONLY.flatMap((name) => words("--ro-bind-try", `/proc/${name}`, `${target}/${name}`)),
        ...PROC_COVERED.map((name): Op => ({ op: "mask", fields: [`${target}/${name}`] })),
      ];
    case "dev":
      return words("--dev", target, "--perms", "1777", "--size", `${SHM_BYTES}`, "--tmpfs", `${target}/shm`);
    default:
      return unreachable(mount);
  }
}

function bind({ source, target, access, type, origin }: Extract<Mount, { kind: "bind" }>): readonly Op[] {
  const option = type === "device" ? "--dev-bind" : access === "write" ? "--bind" : "--ro-bind";
  const from: Op = {
    op: "wall",
    fields: [source],
    ...(type === "socket" ? { slot: `socket:${origin}` as const } : {}),
  };
  return [...words(option), from, ...words(target)];
}

function attributesOf(mount: Mount): readonly Op[] {
  if ((mount.kind !== "bind" && mount.kind !== "tmpfs") || mount.exec) return [];
  return [{ op: "attributes", fields: [mount.target, ATTRIBUTE.noExec] }];
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}

/** What the tree itself promises. */
export function files(plan: Plan): Fragment {
  const home = plan.home.mode === "private" ? "an empty --tmpfs is the home" : "a folder kept by Cordon is the home";
  const covered = plan.mounts.filter(({ kind }) => kind === "mask").length;
  return {
    enforces: [
      { control: "files.home-hidden", mechanism: `bwrap: ${home}` },
      { control: "files.system-read-only", mechanism: "bwrap --ro-bind of the system's folders, nosuid and nodev" },
      { control: "files.named-only", mechanism: "bwrap: an empty root with the plan's binds and nothing else" },
      { control: "files.tmp-private", mechanism: "bwrap --tmpfs /tmp" },
      {
        control: "files.deny",
        mechanism: `mount namespace: ${covered} existing paths are covered by unreadable empty ones`,
      },
      ...(plan.workspace.mode === "read"
        ? [{ control: "workspace.read-only", mechanism: "bwrap --ro-bind of the workspace" }]
        : []),
    ],
  };
}
