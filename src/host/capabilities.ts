// What this host offers, in words for people: what works, what its absence costs, how to get it. Pure. It judges nothing: the
// enforcement table of a plan does that.

import type { HostReport } from "./facts.js";
import { NAMESPACES, obstacle } from "./probe/answers.js";
import type { HostFacts, WallTool } from "./types.js";

export interface Capability {
  readonly id: string;
  readonly title: string;
  readonly works: boolean;
  /** No sandbox without it. */
  readonly needed: boolean;
  /** What was found: a version, the error. */
  readonly detail?: string;
  /** When missing: what one goes without. */
  readonly cost?: string;
  /** When missing: how to get it; commands start with two spaces. */
  readonly get?: readonly string[];
}

export interface BackendState {
  readonly name: string;
  readonly works: boolean;
  readonly installed: boolean;
  readonly note: string;
  /** Not in this release. */
  readonly later?: boolean;
}

/** The tools of each backend that a later release brings. */
const LATER: Readonly<Record<string, readonly string[]>> = {
  microvm: ["qemu-system-x86_64", "qemu-system-aarch64"],
};

/** `walls`: the other programs, as they were tried, by backend; undefined: not installed. */
export function backendStates(
  report: HostReport,
  walls: Readonly<Record<string, WallTool | undefined>>,
): readonly BackendState[] {
  const works = report.advice === undefined;
  const note = works ? "needs nothing but the kernel and cordon-init" : (report.advice?.reason ?? "");
  const others = Object.entries(walls).map(([name, tool]) => wallState(name, tool, report.facts));
  const later = Object.entries(LATER).map(([name, tools]) => {
    const found = tools.map((tool) => [tool, report.facts.tools[tool]] as const).find(([, tool]) => tool !== undefined);
    const version = found?.[1]?.version === undefined ? "" : ` ${found[1].version}`;
    const state = found === undefined ? `${tools[0]} isn't installed` : `${found[0]}${version} is installed`;
    return {
      name,
      works: false,
      installed: found !== undefined,
      note: `${state}; this backend comes in a later release`,
      later: true,
    };
  });
  return [{ name: "native", works, installed: report.init.kind === "found", note }, ...others, ...later];
}

function wallState(name: string, tool: WallTool | undefined, { tools, user }: HostFacts): BackendState {
  if (tool === undefined) return { name, works: false, installed: false, note: "isn't installed" };
  const version = Object.values(tools).find(({ path }) => path === tool.path)?.version ?? "";
  if (user.uid === 0)
    return { name, works: false, installed: true, note: `${version} is installed; it isn't used for root`.trim() };
  if (tool.obstacle === undefined)
    return { name, works: true, installed: true, note: `${version} made a sandbox on trial`.trim() };
  return { name, works: false, installed: true, note: `${tool.obstacle}; ${tool.fix ?? ""}` };
}

export function capabilityList(report: HostReport): readonly Capability[] {
  return [
    namespaces(report),
    essential(
      report,
      "proc",
      ["proc"],
      "A process list of its own",
      "the command would see every process of this host",
    ),
    essential(
      report,
      "read-only",
      ["open-tree", "mount-setattr", "openat2"],
      "Read-only trees and safe paths",
      "nothing could be granted read-only",
    ),
    essential(
      report,
      "seccomp",
      ["seccomp-filter"],
      "A filter for system calls",
      "the command could reach every part of the kernel",
    ),
    essential(
      report,
      "hidden-init",
      ["memfd", "close-range"],
      "Nothing inherited from outside",
      "open files of the session could leak inside",
    ),
    notification(report),
    landlock(report.facts),
    limits(report),
    optional(report, "nf-tables", ["nf-tables"], {
      title: "Netfilter in a sandbox, for network allowlists",
      cost: "network.mode allowlist works through the proxy variables and ports 80 and 443 only",
      get: ["Load the module once:", "  sudo modprobe nf_tables"],
    }),
    optional(report, "overlay", ["overlay"], {
      title: "Overlay mounts, for copy-on-write workspaces",
      cost: "workspace.mode overlay can't be used; read and write can",
      get: ["Linux 5.11 or later with overlayfs; load the module once:", "  sudo modprobe overlay"],
    }),
    optional(report, "time", ["timens"], {
      title: "A clock of its own",
      cost: "the command can see how long this host has been up",
      get: ["Linux 5.6 or later."],
    }),
    ...(report.facts.user.uid === 0 ? [idmap(report)] : []),
  ];
}

function failedOf(report: HostReport, names: readonly string[]): string | undefined {
  for (const name of names) {
    const why = obstacle(report.answers, name);
    if (why !== undefined) return `${name}: ${why}`;
  }
  return undefined;
}

function namespaces(report: HostReport): Capability {
  return essential(
    report,
    "namespaces",
    NAMESPACES,
    "Files, processes, users and network of its own",
    "there is no sandbox without it",
  );
}

function essential(report: HostReport, id: string, names: readonly string[], title: string, cost: string): Capability {
  const failed = failedOf(report, names);
  if (failed === undefined) return { id, title, works: true, needed: true };
  return {
    id,
    title,
    works: false,
    needed: true,
    detail: failed,
    cost,
    get: ["See the way to a working native backend above."],
  };
}

interface Words {
  readonly title: string;
  readonly cost: string;
  readonly get: readonly string[];
}

function optional(report: HostReport, id: string, names: readonly string[], words: Words): Capability {
  const failed = failedOf(report, names);
  if (failed === undefined) return { id, title: words.title, works: true, needed: false };
  return { id, works: false, needed: false, detail: failed, ...words };
}

function notification(report: HostReport): Capability {
  return optional(report, "notify", ["seccomp-notify", "addfd-send", "wait-killable"], {
    title: "Judging single system calls",
    cost: "names that don't exist yet (a new .git/hooks/pre-commit) can't be protected",
    get: ["Linux 5.19 or later. In a container: allow the system call seccomp(2) in its filter."],
  });
}

function idmap(report: HostReport): Capability {
  return optional(report, "idmap", ["idmap"], {
    title: "Ids mapped on mounts (run by root)",
    cost: "a command started by root can't write to files of the workspace's owner",
    get: ["Linux 5.12 or later, a file system that supports it, or start Cordon as the owner of the workspace."],
  });
}

/** What a Landlock version lacks, from the oldest. */
function landlockGap(abi: number): string | undefined {
  if (abi === 0) return "the second layer behind the file rules is missing";
  if (abi < 4) return "the second layer covers files only, not TCP, abstract sockets and signals";
  return abi < 6 ? "the second layer covers files and TCP, not abstract sockets and signals" : undefined;
}

function landlock(facts: HostFacts): Capability {
  const { abi } = facts.landlock;
  const gap = landlockGap(abi);
  const base = {
    id: "landlock",
    title: "A second layer of file rules (Landlock)",
    works: abi > 0,
    needed: false,
  } as const;
  const detail = abi === 0 ? "not in this kernel or not switched on" : `version ${abi}`;
  if (gap === undefined) return { ...base, detail };
  const get =
    abi === 0
      ? [
          "Linux 5.13 or later with CONFIG_SECURITY_LANDLOCK, and `landlock` in the boot parameter lsm= (Debian 12 and Ubuntu 22.04 have it).",
        ]
      : ["Linux 6.12 or later covers all of it."];
  return { ...base, detail, cost: `${gap}; the mount tree and the namespaces still hold`, get };
}

const WANTED = ["memory", "pids", "cpu"];
const WAYS = {
  unified: "delegated",
  systemd: "by a systemd scope",
  service: "by a service",
  legacy: "version 1",
} as const;

function limits(report: HostReport): Capability {
  const { layout, controllers, way } = report.facts.cgroup;
  const missing = WANTED.filter((name) => !controllers.includes(name));
  const found = WANTED.filter((name) => controllers.includes(name));
  const base = {
    id: "limits",
    title: "Control groups, for limits of a whole run",
    needed: false,
  } as const;
  const by = way === undefined ? "" : `, ${WAYS[way.kind]}`;
  const detail = `cgroup ${layout}${found.length === 0 ? "" : `: ${found.join(", ")}${by}`}`;
  if (missing.length === 0) return { ...base, works: true, detail };
  const cost = `no cgroup for ${missing.join(", ")}: what a whole run uses is watched, and held a little late`;
  return { ...base, works: false, detail, cost, get: limitsAdvice(report) };
}

function limitsAdvice(report: HostReport): readonly string[] {
  if (report.facts.container !== undefined) return ["Start the container with its own writable control group."];
  if (report.userManager && report.facts.cgroup.layout === "v2") {
    if (report.facts.cgroup.way?.kind === "systemd") {
      return [
        "Let systemd hand the rest to the managers of its users (an administrator, once; log in again afterwards):",
        "  printf '[Service]\\nDelegate=cpu memory pids\\n' | sudo install -D -m 0644 /dev/stdin /etc/systemd/system/user@.service.d/delegate.conf",
        "  sudo systemctl daemon-reload",
      ];
    }
    return [
      "Cordon asks your systemd for a group over the session bus (Debian, Ubuntu: dbus-user-session; log in again). Or let it hand one over:",
      "  systemd-run --user --scope --quiet -p Delegate=yes cordon run -- COMMAND",
    ];
  }
  if (report.facts.cgroup.layout === "v2")
    return ["Log in with a systemd user session, or let an administrator delegate a control group to you."];
  return ["It takes a host with control groups version 2 only (the default of Debian 11, Ubuntu 21.10 and later)."];
}
