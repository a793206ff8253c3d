// The system out of an image instead of the host's: the image's unpacked files, read-only, at the places where a host's would be. No program
// of the host is found or shown then.
import type { HostView } from "../../host/types.js";
import { isInside, joinPath, pathFrom, rebase } from "../paths.js";
import { coveringMount, realInside } from "../tree.js";
import type { Mount } from "../types.js";
import type { Grant, Planning, SystemImage } from "./planning.js";

/** Trees that Cordon makes itself, for every sandbox. */
const OWN = ["dev", "etc", "home", "media", "mnt", "proc", "root", "run", "sys", "tmp", "var"] as const;
const OWN_ETC = ["group", "hostname", "hosts", "mtab", "nsswitch.conf", "passwd", "resolv.conf"] as const;
/** Accounts of nobody inside. */
const LEFT_OUT = ["group-", "gshadow", "gshadow-", "passwd-", "shadow", "shadow-", "subgid", "subuid"] as const;

/** Look-ups of system paths in the image's tree: `real` gives the host's path of the image's file, links followed as inside. */
export function imageView(view: HostView, { root }: SystemImage): HostView {
  const tree: Mount = {
    kind: "bind",
    source: root,
    target: "/",
    access: "read",
    exec: true,
    type: "directory",
    origin: "system",
  };
  const below = (path: string) => joinPath(root, pathFrom("/", path).slice(1));
  const real = (path: string) => below(realInside([tree], view, pathFrom("/", path)));
  return {
    ...view,
    kind: (path) => view.kind(below(path)),
    real: (path) => (view.kind(real(path)) === undefined ? undefined : real(path)),
    readLink: (path) => view.readLink(below(path)),
    // Some ask by the name inside, some by what `real` gave.
    list: (path) => view.list(isInside(path, root) ? path : real(path)),
  };
}

/** What of the image is shown; `without`: entries of /etc that Cordon makes for this run. */
export function imageMounts(view: HostView, image: SystemImage, without: readonly string[]): readonly Mount[] {
  const { root } = image;
  const tops = view.list(root).filter((name) => !OWN.some((own) => own === name));
  const etc = view
    .list(joinPath(root, "etc"))
    .filter((name) => ![...OWN_ETC, ...LEFT_OUT].some((own) => own === name))
    .flatMap((name) => etcEntries(view, root, { path: `/etc/${name}`, without }));
  return [...tops.toSorted().flatMap((name) => entry(view, root, `/${name}`)), ...etc.toSorted(byTarget)];
}

/** An entry of /etc, or what is in it when one of those is Cordon's. */
function etcEntries(
  view: HostView,
  root: string,
  { path, without }: { readonly path: string; readonly without: readonly string[] },
): readonly Mount[] {
  if (without.includes(path)) return [];
  const host = joinPath(root, path.slice(1));
  if (view.kind(host) !== "directory" || !without.some((other) => isInside(other, path)))
    return entry(view, root, path);
  return view.list(host).flatMap((name) => etcEntries(view, root, { path: joinPath(path, name), without }));
}

function entry(view: HostView, root: string, target: string): readonly Mount[] {
  const source = joinPath(root, target.slice(1));
  const kind = view.kind(source);
  if (kind === "symlink") {
    const value = view.readLink(source);
    return value === undefined ? [] : [{ kind: "symlink", target, value }];
  }
  if (kind !== "file" && kind !== "directory") return [];
  return [{ kind: "bind", source, target, access: "read", exec: true, type: kind, origin: "system" }];
}

function byTarget(a: Mount, b: Mount): number {
  return a.target < b.target ? -1 : 1;
}

/** The user's shell when the image has it, else bash, else sh. */
export function imageShell(view: HostView): string {
  const wanted = view.env("SHELL") ?? "";
  const found = [wanted, "/bin/bash"].find((path) => path.startsWith("/") && view.real(path) !== undefined);
  return found ?? "/bin/sh";
}

/** A place inside a tree of the image must be there already: nothing can be made in it. */
export function refuseUnmountable(planning: Planning, grants: readonly Grant[], system: readonly Mount[]): void {
  const { image } = planning.request;
  if (image === undefined) return;
  for (const { target, origin } of grants) {
    const ground = coveringMount(system, target);
    if (ground?.kind !== "bind" || !isInside(ground.source, image.root) || ground.target === target) continue;
    const there = rebase(target, ground.target, ground.source);
    if (there !== undefined && planning.view.kind(there) !== undefined) continue;
    planning.findings.problem(origin, {
      code: "path-refused",
      message: `${target} can't be shown: the image has no such path`,
      hint: "give it a place in the image with a file or link of that name, or take the line out",
    });
  }
}
