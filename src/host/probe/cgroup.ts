// Which control groups exist and which of them are ours to use. It creates and moves nothing.
import { accessSync, constants, existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { GroupWay, HostFacts } from "../types.js";
import { type MountLine, parseMountinfo } from "./mountinfo.js";
import { readText } from "./read.js";

export interface CgroupPlaces {
  readonly layout: HostFacts["cgroup"]["layout"];
  /** Our own group in the v2 tree. */
  readonly unified?: string;
  /** The top of what can be seen of that tree. */
  readonly unifiedRoot?: string;
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
  return {
    layout,
    legacy: Object.fromEntries(legacy),
    ...(unified === undefined ? {} : { unified }),
    ...(unifiedMount === undefined ? {} : { unifiedRoot: unifiedMount.target }),
  };
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

/** The controllers that limits need. */
export const WANTED = ["memory", "pids", "cpu"] as const;

export interface CgroupQuestion {
  readonly uid: number;
  readonly pid: number;
  /** It was asked, and its limits don't hold. */
  readonly withoutSystemd?: boolean;
}

/** How it is now and here: it can differ for every session of a user. */
export function cgroupFacts(question: CgroupQuestion): HostFacts["cgroup"] {
  const lines = (readText("/proc/self/mountinfo", 8 * 1024 * 1024) ?? "")
    .split("\n")
    .filter((line) => line.includes(" - cgroup"));
  const places = cgroupPlaces(readText("/proc/self/cgroup") ?? "", parseMountinfo(lines.join("\n")));
  const { layout, unified } = places;
  const delegated = unified !== undefined && isOurs(unified) && words(unified, "cgroup.controllers").length > 0;
  const found =
    ownSubtree(places) ?? systemdWay(places, question) ?? ownChildren(places, question) ?? legacyWay(places);
  return {
    layout,
    delegated,
    controllers: found?.controllers ?? [],
    ...(found === undefined ? {} : { way: found.way }),
  };
}

interface Found {
  readonly way: GroupWay;
  readonly controllers: readonly string[];
}

/** A group beside ours, in a subtree that somebody gave us. The slices of a running systemd are its own to fill. */
function ownSubtree({ unified, unifiedRoot }: CgroupPlaces): Found | undefined {
  if (unified === undefined || unified === unifiedRoot) return undefined;
  const parent = dirname(unified);
  if (!isOurs(parent) || (hasSystemd() && isManaged(parent, unifiedRoot))) return undefined;
  const empty = (readText(join(parent, "cgroup.procs")) ?? "?") === "";
  return found(
    { kind: "unified", parent, stepAside: false },
    words(parent, empty ? "cgroup.controllers" : "cgroup.subtree_control"),
  );
}

/** Groups below our own: only when nobody but us is in it, because a group with members has no limited children. */
function ownChildren({ unified, unifiedRoot }: CgroupPlaces, { pid }: CgroupQuestion): Found | undefined {
  if (unified === undefined || !isOurs(unified) || (hasSystemd() && isManaged(unified, unifiedRoot))) return undefined;
  const members = words(unified, "cgroup.procs");
  // The very root of all groups may have both.
  const isRoot = readText(join(unified, "cgroup.type")) === undefined;
  if (!isRoot && members.some((member) => member !== `${pid}`)) return undefined;
  return found({ kind: "unified", parent: unified, stepAside: !isRoot }, words(unified, "cgroup.controllers"));
}

/** What systemd could hand over can be seen without asking it. */
function systemdWay({ unifiedRoot }: CgroupPlaces, { uid, withoutSystemd }: CgroupQuestion): Found | undefined {
  if (withoutSystemd === true) return undefined;
  const busctl = "/usr/bin/busctl";
  if (unifiedRoot === undefined || !hasSystemd() || !existsSync(busctl)) return undefined;
  const [manager, bus, group] =
    uid === 0
      ? (["system", "/run/dbus/system_bus_socket", ""] as const)
      : (["user", `/run/user/${uid}/bus`, managerGroup(uid)] as const);
  if (!existsSync(bus)) return undefined;
  return found({ kind: "systemd", manager, busctl, bus }, words(join(unifiedRoot, group), "cgroup.controllers"));
}

/** What the user's systemd manager was given. */
export function managerControllers(uid: number): readonly string[] {
  const mount = parseMountinfo(readText("/proc/self/mountinfo", 8 * 1024 * 1024) ?? "").find(
    ({ type }) => type === "cgroup2",
  );
  if (mount === undefined) return [];
  const there = words(join(mount.target, managerGroup(uid)), "cgroup.controllers");
  return WANTED.filter((name) => there.includes(name));
}

function managerGroup(uid: number): string {
  return `user.slice/user-${uid}.slice/user@${uid}.service`;
}

function legacyWay({ legacy }: CgroupPlaces): Found | undefined {
  const parents = Object.fromEntries(
    [...WANTED, "cpuacct", "freezer"].flatMap((name) => {
      const path = legacy[name];
      return path !== undefined && writable(path) ? [[name, path] as const] : [];
    }),
  );
  return found({ kind: "legacy", parents }, Object.keys(parents));
}

function found(way: GroupWay, there: readonly string[]): Found | undefined {
  const controllers = WANTED.filter((name) => there.includes(name));
  return controllers.length === 0 ? undefined : { way, controllers };
}

/** Delegated as systemd and the kernel's manual say it: the folder and these two files (cgroups(7)). */
function isOurs(path: string): boolean {
  return ["", "cgroup.procs", "cgroup.subtree_control"].every((name) => writable(join(path, name)));
}

function hasSystemd(): boolean {
  return existsSync("/run/systemd/system");
}

function isManaged(path: string, root: string | undefined): boolean {
  return path === root || /\.slice$|^user@\d+\.service$/.test(basename(path));
}

function words(folder: string, name: string): readonly string[] {
  return (readText(join(folder, name)) ?? "").split(/\s+/).filter((word) => word !== "");
}

function writable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return path !== "";
  } catch {
    return false;
  }
}
