// Which control groups exist and which of them are ours to use. It creates and moves nothing.
import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import type { HostFacts } from "../types.js";
import { type MountLine, parseMountinfo } from "./mountinfo.js";
import { readText } from "./read.js";

export interface CgroupPlaces {
  readonly layout: HostFacts["cgroup"]["layout"];
  /** Our own group in the v2 tree. */
  readonly unified?: string;
  /** Our own group in each v1 hierarchy, by controller. */
  readonly legacy: Readonly<Record<string, string>>;
}

/** From /proc/self/cgroup and the mount table. */
export function cgroupPlaces(membership: string, mounts: readonly MountLine[]): CgroupPlaces {
  const unifiedMount = mounts.find((mount) => mount.type === "cgroup2");
  const legacyMounts = mounts.filter((mount) => mount.type === "cgroup");
  const legacy: [string, string][] = [];
  let unified: string | undefined;
  for (const line of membership.split("\n")) {
    const [, hierarchy, names, path] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
    if (names === undefined || path === undefined) continue;
    if (hierarchy === "0" && names === "") {
      unified = unifiedMount === undefined ? undefined : placeOf(unifiedMount, path);
      continue;
    }
    for (const name of names.split(",").filter((each) => !each.startsWith("name="))) {
      const mount = legacyMounts.find((each) => each.options.includes(name));
      const place = mount === undefined ? undefined : placeOf(mount, path);
      if (place !== undefined) legacy.push([name, place]);
    }
  }
  const layout = layoutOf(unifiedMount !== undefined, legacyMounts.length > 0);
  return { layout, legacy: Object.fromEntries(legacy), ...(unified === undefined ? {} : { unified }) };
}

function layoutOf(hasUnified: boolean, hasLegacy: boolean): CgroupPlaces["layout"] {
  if (hasUnified) return hasLegacy ? "hybrid" : "v2";
  return hasLegacy ? "v1" : "none";
}

/** A container often sees only a part of the tree; a group outside of that part can't be reached. */
function placeOf(mount: MountLine, path: string): string | undefined {
  const below =
    mount.root === "/"
      ? path
      : path === mount.root || path.startsWith(`${mount.root}/`)
        ? path.slice(mount.root.length)
        : path;
  return below.split("/").includes("..") ? undefined : join(mount.target, below);
}

export function cgroupFacts(): HostFacts["cgroup"] {
  const lines = (readText("/proc/self/mountinfo", 8 * 1024 * 1024) ?? "")
    .split("\n")
    .filter((line) => line.includes(" - cgroup"));
  const places = cgroupPlaces(readText("/proc/self/cgroup") ?? "", parseMountinfo(lines.join("\n")));
  const { unified } = places;
  const delegated =
    unified !== undefined &&
    ["", "cgroup.procs", "cgroup.subtree_control"].every((name) => writable(join(unified, name)));
  const available = delegated ? (readText(join(unified, "cgroup.controllers"))?.split(/\s+/) ?? []) : [];
  const legacy = Object.keys(places.legacy).filter((name) => writable(places.legacy[name] ?? ""));
  const controllers = [...new Set([...available.filter((name) => name !== ""), ...legacy])].sort();
  return { layout: places.layout, controllers, delegated: delegated && available.some((name) => name !== "") };
}

function writable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return path !== "";
  } catch {
    return false;
  }
}
