// Whether a path can be read or changed inside: the question is followed through the tree that the plan builds, to the mount that
// answers for it, and then held against the guarded names.
import { componentsMatch, componentsOf } from "../../policy/pattern.js";
import { isInside, rebase, restOf } from "../paths.js";
import { realOrWouldBe } from "../resolve/glob.js";
import { coveringMount, insidePathsOf, realInside } from "../tree.js";
import type { GuardedName, Mount, Plan } from "../types.js";
import type { Finding, WhyRequest } from "../why.js";

export function whyPath(request: WhyRequest, asked: string): Finding {
  const { plan, view } = request;
  const inside = realInside(plan.mounts, view, placeInside(request, asked));
  const finding = findingAt(request, inside);
  // The name leads nowhere inside, but the file itself may be shown under its real name.
  const isThere = finding.access !== "none" && finding.access !== "private";
  const elsewhere = isThere
    ? undefined
    : insidePathsOf(plan.mounts, realOrWouldBe(view, asked)).find((path) => path !== inside);
  const path = elsewhere ?? inside;
  return {
    ...(elsewhere === undefined ? finding : findingAt(request, elsewhere)),
    ...(path === asked ? {} : { inside: path }),
  };
}

/** Where a path of the host lies inside, when the workspace is mounted elsewhere. */
function placeInside({ plan, view }: WhyRequest, asked: string): string {
  const { source, target } = plan.workspace;
  if (source === target) return asked;
  return rebase(view.real(asked) ?? asked, source, target) ?? asked;
}

function findingAt(request: WhyRequest, path: string): Finding {
  const { plan } = request;
  const mount = coveringMount(plan.mounts, path);
  if (mount?.kind === "mask") return maskFinding(mount);
  const host = mount?.kind === "bind" ? rebase(path, mount.target, mount.source) : undefined;
  // What exists and is denied is masked; a name that differs only in case is visible, but can't be made.
  const denied =
    host === undefined || request.view.kind(host) !== undefined ? undefined : guardedBy(plan, path, ["deny"]);
  if (denied?.origin === "cordon") return maskFinding({ kind: "mask", target: path, origin: "cordon" });
  if (denied !== undefined) {
    const because = "it isn't there, and a deny rule keeps it from being made";
    return { allowed: false, access: "none", because, origin: denied.origin, control: "files.deny" };
  }
  if (mount === undefined) return outsideFinding(plan, path);
  return mount.kind === "bind" ? bindFinding(request, mount, path) : ownFinding(request, mount, path);
}

function maskFinding(mount: Extract<Mount, { kind: "mask" }>): Finding {
  if (mount.origin === "cordon")
    return { allowed: false, access: "none", because: "it is Cordon's own and hidden", control: "files.named-only" };
  return {
    allowed: false,
    access: "none",
    because: "a deny rule hides it",
    origin: mount.origin,
    control: "files.deny",
  };
}

/** Nothing is mounted there: only folders that lead to something that is. */
function outsideFinding(plan: Plan, path: string): Finding {
  const leads = plan.mounts.find((mount) => mount.target !== path && isInside(mount.target, path));
  const control = "files.named-only";
  if (leads === undefined)
    return { allowed: false, access: "none", because: "nothing grants it, so it isn't there", control };
  return {
    allowed: false,
    access: "none",
    because: `only the way to what is granted below it is there (${leads.target})`,
    control,
  };
}

function bindFinding({ plan, view }: WhyRequest, mount: Extract<Mount, { kind: "bind" }>, path: string): Finding {
  if (mount.type === "socket") {
    return {
      allowed: true,
      access: "connect",
      because: "it is a socket that can be connected to",
      origin: mount.origin,
      control: "network.named-sockets",
    };
  }
  const host = rebase(path, mount.target, mount.source) ?? path;
  const exists = view.kind(host) !== undefined;
  const origin = mount.origin === "system" ? "filesystem.system" : mount.origin;
  const guarded = guardedBy(plan, path, ["protect", "git-config"]);
  if (mount.access === "read" && guarded === undefined) return readFinding(origin, exists);
  if (guarded !== undefined) {
    const change =
      guarded.kind === "git-config"
        ? "changed only to content that runs nothing"
        : "changed, moved or removed by nobody inside";
    const because = exists
      ? `it can be read; it is protected and ${change}`
      : "it isn't there, and being protected it can't be made";
    return {
      allowed: exists,
      access: exists ? "read" : "none",
      because,
      origin: guarded.origin,
      control: "workspace.protected-names",
    };
  }
  const because = exists
    ? "it can be read and changed, as far as its own permissions go"
    : "it isn't there, and can be made";
  return { allowed: true, access: "write", because, origin, control: "files.named-only" };
}

function readFinding(origin: string, exists: boolean): Finding {
  const control =
    origin === "filesystem.system"
      ? "files.system-read-only"
      : origin === "workspace"
        ? "workspace.read-only"
        : "files.named-only";
  if (!exists)
    return {
      allowed: false,
      access: "none",
      because: "it isn't there, and can't be made: the folder is read-only",
      origin,
      control,
    };
  return { allowed: true, access: "read", because: "it can be read, not changed", origin, control };
}

/** Private file systems and files that Cordon makes: whatever the host has there isn't shown. */
function ownFinding({ plan }: WhyRequest, mount: Mount, path: string): Finding {
  if (mount.kind === "file")
    return {
      allowed: true,
      access: "private",
      because: "Cordon writes this file itself; the host's isn't shown",
      control: "files.named-only",
    };
  if (mount.kind === "proc")
    return {
      allowed: false,
      access: "private",
      because: "the sandbox has a /proc of its own, with its own processes only",
      control: "proc.masked",
    };
  if (mount.kind === "dev")
    return {
      allowed: false,
      access: "private",
      because: "the sandbox has a /dev of its own, with harmless devices only",
      control: "devices.minimal",
    };
  const isHome = isInside(path, plan.identity.home);
  const control = isHome
    ? "files.home-hidden"
    : isInside(path, "/tmp") || isInside(path, "/var/tmp")
      ? "files.tmp-private"
      : "files.named-only";
  const own = `${mount.target} is the sandbox's own, empty at the start; the host's isn't shown`;
  return { allowed: false, access: "private", because: own, control, ...(isHome ? { origin: "filesystem.home" } : {}) };
}

/**
 * The first guarded name of some kinds that a path, or a folder it lies in, has. What lies above a granted folder doesn't count: a
 * workspace in a folder named like a protected one isn't protected as a whole.
 */
export function guardedBy(
  { guard, mounts }: Plan,
  path: string,
  kinds: readonly GuardedName["kind"][],
): GuardedName | undefined {
  const trees = kinds.includes("deny") ? grantedTrees(mounts) : guard.roots;
  const tree = trees.find((each) => isInside(path, each));
  if (tree === undefined) return undefined;
  const below = componentsOf(restOf(path, tree) ?? "");
  return guard.names.find((name) => {
    if (!kinds.includes(name.kind)) return false;
    if (name.anchor === undefined) return guardMatch(["**", ...name.components, "**"], below);
    const rest = restOf(path, name.anchor);
    return rest !== undefined && guardMatch([...name.components, "**"], componentsOf(rest));
  });
}

/** As the guard compares: `.GIT` is `.git` on a file system that folds case. */
function guardMatch(pattern: readonly string[], names: readonly string[]): boolean {
  const fold = (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return componentsMatch(pattern.map(fold), names.map(fold));
}

/** Folders of the user that are shown; the system, the command's program and the kept home aren't looked through for denied names. */
function grantedTrees(mounts: readonly Mount[]): readonly string[] {
  const others = ["system", "command", "filesystem.home"];
  return mounts.flatMap((mount) =>
    mount.kind === "bind" && mount.type === "directory" && !others.includes(mount.origin) ? [mount.target] : [],
  );
}
