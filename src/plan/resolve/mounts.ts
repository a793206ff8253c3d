// The mount list: the system, the home, the grants, what stays read-only in them, the links to them, and what is hidden. The order
// is the meaning: a later mount covers an earlier one.
import { hasWildcard } from "../../policy/pattern.js";
import { isInside, joinPath, parentOf, restOf } from "../paths.js";
import { coveringMount, insidePathsOf } from "../tree.js";
import type { GuardedName, Mount, Plan } from "../types.js";
import { stateFolders } from "./forbidden.js";
import { realOrWouldBe } from "./glob.js";
import type { Grant, Planning } from "./planning.js";

const HOME_BYTES = 1024 * 1024 * 1024;
const EMPTY_BYTES = 4096;
const GIT_TEMPLATES = "/usr/share/git-core/templates";

export function grantMounts(grants: readonly Grant[]): readonly Mount[] {
  return grants.map(({ source, target, access, type, origin }) => ({
    kind: "bind",
    source,
    target,
    access,
    exec: true,
    type,
    origin,
  }));
}

export interface Home {
  readonly mount: Mount;
  readonly plan: Plan["home"];
}

/** A private empty home, or a kept one of Cordon's own; never the user's. */
export function resolveHome(planning: Planning, target: string): Home {
  const { settings, view, findings } = planning;
  if (settings.filesystem.home === "private") {
    return {
      mount: { kind: "tmpfs", target, mode: 0o700, sizeBytes: HOME_BYTES, exec: true, readOnly: false },
      plan: { mode: "private" },
    };
  }
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(settings.name)) {
    findings.problem("name", {
      code: "bad-value",
      message: `the persistent home is kept under the policy's name, and "${settings.name}" can't name a folder`,
      hint: "use letters, digits, dots, hyphens and underscores",
    });
  }
  const source = realOrWouldBe(view, `${view.facts.user.home}/.local/share/cordon/homes/${settings.name}`);
  const mount: Mount = {
    kind: "bind",
    source,
    target,
    access: "write",
    exec: true,
    type: "directory",
    origin: "filesystem.home",
  };
  return { mount, plan: { mode: "persistent", source } };
}

/**
 * Folders of a private home that tools fill with many small files. They exist from the start, so that Landlock can leave them
 * to the command although a workspace in the same home is guarded (docs/adr/0001). Never in a kept home: what lies there is
 * the agent's, and a link in the place of such a folder would lead the rule elsewhere.
 */
const BUSY_FOLDERS = [".cache", ".cargo", ".config", ".gradle", ".local", ".m2", ".npm", ".rustup"] as const;

export function homeFolders(home: Home): readonly Mount[] {
  if (home.plan.mode === "persistent") return [];
  return BUSY_FOLDERS.map((name) => ({ kind: "directory", target: joinPath(home.mount.target, name), mode: 0o700 }));
}

/** Protected files that exist get a read-only mount as well: a second wall beside the guard. */
export function protectedMounts(
  planning: Planning,
  names: readonly GuardedName[],
  trees: readonly Grant[],
): readonly Mount[] {
  const { view, findings } = planning;
  const mounts = new Map<string, Mount>();
  for (const tree of trees) {
    for (const name of names) {
      if (name.kind !== "protect" || name.components.some(hasWildcard) || (name.anchor ?? tree.target) !== tree.target)
        continue;
      if (name.anchor === undefined && tree.origin !== "workspace") continue;
      const source = joinPath(tree.source, name.components.join("/"));
      const kind = view.kind(source);
      if (kind === undefined) continue;
      const target = joinPath(tree.target, name.components.join("/"));
      if (view.real(source) === source && (kind === "file" || kind === "directory")) {
        mounts.set(target, {
          kind: "bind",
          source,
          target,
          access: "read",
          exec: true,
          type: kind,
          origin: name.origin,
        });
      } else if (name.origin !== "cordon") {
        // Not for Cordon's own package: what npm's links lead to is protected as well.
        findings.note(
          `${source} is protected, but is or lies behind a symbolic link: the link is protected, what it leads to isn't`,
        );
      }
    }
  }
  return [...mounts.values()];
}

/** Git copies sample hooks into each new repository, which is what the guard refuses: there are none to copy then. */
export function templateMounts({ systemView, request }: Planning, guarded: boolean): readonly Mount[] {
  const there = `${request.image?.root ?? ""}${GIT_TEMPLATES}`;
  if (!guarded || systemView.real(GIT_TEMPLATES) !== there) return [];
  return [{ kind: "tmpfs", target: GIT_TEMPLATES, mode: 0o755, sizeBytes: EMPTY_BYTES, exec: false, readOnly: true }];
}

/** SECURITY(H20, H35): Cordon's state and control sockets are hidden below whatever is granted, also those made later. */
export function stateMasks({ view, settings }: Planning, mounts: readonly Mount[]): readonly Mount[] {
  const masks = stateFolders(view, settings).flatMap((folder) =>
    insidePathsOf(mounts, folder).map((target) => maskOf(view, folder, { target, origin: "cordon" })),
  );
  return [...new Map(masks.map((mask) => [mask.target, mask])).values()];
}

/** What hides a path of the host where it is seen inside. */
export function maskOf(
  view: Planning["view"],
  source: string,
  shown: { readonly target: string; readonly origin: string },
): Extract<Mount, { kind: "mask" }> {
  const kind = view.kind(source);
  const type = kind === undefined ? undefined : kind === "directory" ? "directory" : "file";
  return { kind: "mask", ...shown, ...(type === undefined ? {} : { type }) };
}

/** Links at the names by which grants were written, where those names go through links of the host that aren't shown. */
export function linkMounts(
  mounts: readonly Mount[],
  links: readonly { readonly from: string; readonly to: string }[],
): readonly Mount[] {
  const made: Mount[] = [];
  for (const { from, to } of links) {
    if (from === to) continue;
    const all = [...mounts, ...made];
    // A name that one of our own links, a mount or a folder of the host already answers for is left alone.
    const taken = all.some(
      (mount) => isInside(mount.target, from) || (mount.kind === "symlink" && isInside(from, mount.target)),
    );
    const ground = coveringMount(all, parentOf(from));
    if (!taken && (ground === undefined || ground.kind === "tmpfs" || isHome(ground)))
      made.push({ kind: "symlink", target: from, value: to });
  }
  return made;
}

function isHome(mount: Mount): boolean {
  return mount.kind === "bind" && mount.origin === "filesystem.home";
}

type MountPoint = NonNullable<Extract<Plan["home"], { readonly mode: "persistent" }>["mountPoints"]>[number];

/** What has to exist in a kept home before anything can be mounted or linked there. */
export function homeMountPoints(mounts: readonly Mount[], home: Plan["home"], target: string): Plan["home"] {
  if (home.mode === "private") return home;
  const points = mounts.flatMap((mount, index) => {
    const path = restOf(mount.target, target);
    const ground = coveringMount(mounts.slice(0, index), mount.target);
    return path === undefined || path === "" || ground === undefined || !isHome(ground) ? [] : mountPoint(mount, path);
  });
  return points.length === 0 ? home : { ...home, mountPoints: points };
}

function mountPoint(mount: Mount, path: string): readonly MountPoint[] {
  if (mount.kind === "mask") return [];
  if (mount.kind === "symlink") return [{ path, type: "symlink", value: mount.value }];
  const isFile = mount.kind === "file" || (mount.kind === "bind" && mount.type !== "directory");
  return [{ path, type: isFile ? "file" : "directory" }];
}

/** Mounts of a kept home whose links the supervisor makes beforehand. */
export function withoutHomeLinks(mounts: readonly Mount[], home: Plan["home"], target: string): readonly Mount[] {
  if (home.mode === "private") return mounts;
  return mounts.filter((mount, index) => {
    if (mount.kind !== "symlink" || !isInside(mount.target, target)) return true;
    const ground = coveringMount(mounts.slice(0, index), mount.target);
    return ground === undefined || !isHome(ground);
  });
}

/** Every name by which a grant was written, and where it is. What is mounted elsewhere on purpose keeps only that place. */
export function linksOf(grants: readonly Grant[]): readonly { readonly from: string; readonly to: string }[] {
  return grants
    .filter((grant) => grant.target === grant.source)
    .map((grant) => ({ from: grant.named, to: grant.target }));
}
