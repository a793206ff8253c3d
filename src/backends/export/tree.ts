// The mounts of a plan as other systems can make them: those that no later one covers, parents before what lies in them. Pure.
import { isInside, parentOf, pathFrom } from "../../plan/paths.js";
import { hostPathOf } from "../../plan/tree.js";
import type { Mount, Plan } from "../../plan/types.js";
import type { Section } from "./section.js";

export type Bind = Extract<Mount, { readonly kind: "bind" }>;
export type Tmpfs = Extract<Mount, { readonly kind: "tmpfs" }>;
export type Mask = Extract<Mount, { readonly kind: "mask" }>;
export type TextFile = Extract<Mount, { readonly kind: "file" }>;
export type Link = Extract<Mount, { readonly kind: "symlink" }>;

/** Systems that order mounts by their depth, and those that take them as they come, then mean the same. */
export function shownMounts({ mounts }: Plan): readonly Mount[] {
  return mounts.filter((mount, at) => !mounts.slice(at + 1).some((later) => covers(later, mount)));
}

function covers(later: Mount, earlier: Mount): boolean {
  if (later.kind === "directory" || later.kind === "symlink" || earlier.kind === "symlink") return false;
  return isInside(earlier.target, later.target);
}

export function only<Kind extends Mount["kind"]>(
  mounts: readonly Mount[],
  kind: Kind,
): readonly Extract<Mount, { readonly kind: Kind }>[] {
  return mounts.filter((mount): mount is Extract<Mount, { readonly kind: Kind }> => mount.kind === kind);
}

/** Why a mount is there. */
export type Purpose = "system" | "kernel" | "private" | "granted" | "protected" | "hidden";

export function purposeOf(mount: Mount): Purpose {
  if (mount.kind === "mask") return "hidden";
  if (mount.kind === "proc" || mount.kind === "dev") return "kernel";
  if (mount.kind === "tmpfs" || mount.kind === "directory") return "private";
  if (mount.kind !== "bind" || mount.origin === "system") return "system";
  if (mount.origin === "filesystem.home") return "private";
  return mount.origin.startsWith("workspace.protect") ? "protected" : "granted";
}

/** What the mounts of a purpose hold, and what nothing holds without a guard. */
const PROMISES: Readonly<Record<Purpose, Omit<Section, "lines">>> = {
  system: {
    holds: ["files.named-only", "files.system-read-only"],
    note: "Programs and libraries, and the few files of /etc that programs need.",
  },
  kernel: { holds: ["devices.minimal", "proc.masked"] },
  private: { holds: ["files.home-hidden", "files.tmp-private"] },
  granted: {
    holds: ["workspace.read-only", "network.named-sockets"],
    note: "What the policy grants, and the folder of the command's own program.",
  },
  protected: {
    partly: {
      "workspace.protected-names": "what existed when this was exported stays as it is; such names can be made anew",
    },
  },
  hidden: { partly: { "files.deny": "what existed when this was exported is hidden; what comes later isn't" } },
};

/** The mounts in their order, those of one purpose after each other in one section. `lines` may give none for a mount. */
export function mountSections(
  mounts: readonly Mount[],
  lines: (mount: Mount) => readonly string[],
  promises: Partial<Record<Purpose, Omit<Section, "lines">>> = {},
): readonly Section[] {
  const sections: Section[] = [];
  const seen = new Set<Purpose>();
  let last: { purpose: Purpose; lines: string[] } | undefined;
  for (const mount of mounts) {
    const made = lines(mount);
    const purpose = purposeOf(mount);
    if (made.length === 0) continue;
    if (last?.purpose === purpose) {
      last.lines.push(...made);
      continue;
    }
    last = { purpose, lines: [...made] };
    // Said once, where the first of them stands.
    const words = seen.has(purpose) ? {} : { ...PROMISES[purpose], ...promises[purpose] };
    sections.push({ ...words, lines: last.lines });
    seen.add(purpose);
  }
  return sections;
}

/** What the policy grants, beside the system and the command's own program. */
export function isGrant({ origin }: Bind): boolean {
  return origin !== "system" && origin !== "command";
}

/** The host's file or folder that a link of the plan leads to inside, for systems that can't make links. */
export function linkedSource(plan: Plan, link: Link): string | undefined {
  return hostPathOf(plan.mounts, pathFrom(parentOf(link.target), link.value));
}

/** Patterns of protected names that aren't there now: what only the guard holds. */
export function unguarded({ guard, mounts }: Plan): readonly string[] {
  if (guard.roots.length === 0) return [];
  const covered = new Set(only(mounts, "bind").map(({ target }) => target));
  return guard.names.flatMap(({ kind, anchor, components }) => {
    const name = components.join("/");
    if (kind === "deny" || (anchor !== undefined && covered.has(`${anchor}/${name}`))) return [];
    return [name];
  });
}
