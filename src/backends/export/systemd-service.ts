// The directives of systemd.exec(5) and systemd.resource-control(5) that a plan becomes, for units and for systemd-run. Pure.
import type { Mount, Plan } from "../../plan/types.js";
import { profileOf } from "../common/filter.js";
import {
  callDirectives,
  type Directive,
  directives,
  EMPTY_ROOT,
  groupLimits,
  KERNEL,
  PRIVILEGES,
} from "../common/systemd.js";
import { socketFamilies, systemdCalls } from "../common/systemd-calls.js";
import type { Section } from "./section.js";
import { refuse } from "./syntax/refuse.js";
import { linkedSource, mountSections, shownMounts } from "./tree.js";
import type { ExportInput } from "./types.js";

export interface ServiceSection extends Omit<Section, "lines"> {
  readonly directives: readonly Directive[];
}

/** How a path is written: in a unit `%` begins a specifier, for systemd-run it doesn't. */
export type WritePath = (path: string) => string;

export function serviceSections(input: ExportInput, path: WritePath): readonly ServiceSection[] {
  const { plan } = input;
  return [
    privileges(plan),
    namespaces(plan),
    kernel(),
    ...files(plan, path),
    network(),
    calls(input),
    limits(plan),
    start(plan, path),
  ];
}

function privileges({ nested }: Plan): ServiceSection {
  return {
    holds: [
      "process.no-new-privileges",
      "process.no-capabilities",
      "identity.unprivileged",
      "ipc.keyring",
      ...(nested ? [] : ["process.no-namespaces"]),
    ],
    directives: directives({
      ...PRIVILEGES,
      RestrictSUIDSGID: "yes",
      ...(nested ? {} : { RestrictNamespaces: "yes" }),
    }),
  };
}

const SAME_PROCESSES =
  "systemd before 257 has no PrivatePIDs=: other programs of the same user can be seen in /proc and can be sent signals";

function namespaces({ controls }: Plan): ServiceSection {
  return {
    holds: ["ipc.private"],
    partly: {
      "process.pid-namespace": SAME_PROCESSES,
      "process.no-host-signals": SAME_PROCESSES,
    },
    note: controls.includes("process.pid-namespace")
      ? "ProtectProc= counts where systemd may mount a new /proc, which a user's manager may not."
      : "",
    directives: directives({ PrivateIPC: "yes", ProtectProc: "invisible", PrivateMounts: "yes" }),
  };
}

function kernel(): ServiceSection {
  return {
    holds: ["devices.minimal"],
    partly: {
      "proc.masked": "what changes the kernel is read-only, and its log is shut; the rest of /proc can be read",
    },
    directives: directives({
      ...KERNEL,
      ProtectKernelTunables: "yes",
      ProtectKernelLogs: "yes",
      ProtectHostname: "yes",
    }),
  };
}

const OWN_ROOT: ServiceSection = {
  holds: ["files.named-only"],
  note: "The root is an empty folder in memory; what is bound below is all that is there.",
  directives: directives({ ...EMPTY_ROOT, ProtectSystem: "yes" }),
};

/** systemd can't make the small files of /etc, so the host's own are shown, those that are there. */
const HOST_ETC = ["-/etc/passwd", "-/etc/group", "-/etc/hosts", "-/etc/nsswitch.conf"];

function files(plan: Plan, path: WritePath): readonly ServiceSection[] {
  const sections = mountSections(shownMounts(plan), (mount) => mountLines(plan, mount, path), {
    system: {
      holds: ["files.system-read-only"],
      note: "Programs and libraries, and the few files of /etc that programs need.",
      lost: [
        "The names of this computer's accounts and hosts: its own /etc/passwd, group, hosts and nsswitch.conf can be read.",
      ],
    },
    private: {
      holds: ["files.home-hidden", "files.tmp-private"],
    },
  });
  const etc: ServiceSection = {
    directives: HOST_ETC.map((value) => ({ name: "BindReadOnlyPaths", value })),
  };
  const made = sections.map(({ lines, ...section }): ServiceSection => ({ ...section, directives: lines.map(parsed) }));
  const [system, ...others] = made;
  return [OWN_ROOT, ...(system === undefined ? [] : [system]), etc, ...others];
}

function parsed(line: string): Directive {
  const cut = line.indexOf("=");
  return { name: line.slice(0, cut), value: line.slice(cut + 1) };
}

function mountLines(plan: Plan, mount: Mount, path: WritePath): readonly string[] {
  switch (mount.kind) {
    case "bind":
      return [
        `${mount.access === "write" ? "BindPaths" : "BindReadOnlyPaths"}=${pair(path, mount.source, mount.target)}`,
      ];
    case "tmpfs":
      return tmpfsLines(mount, path);
    case "symlink": {
      const source = linkedSource(plan, mount);
      return source === undefined ? [] : [`BindReadOnlyPaths=${pair(path, source, mount.target)}`];
    }
    case "mask":
      return mount.type === undefined ? [] : [`InaccessiblePaths=${path(mount.target)}`];
    default:
      return [];
  }
}

function pair(path: WritePath, source: string, target: string): string {
  return source === target ? path(source) : `${path(source)}:${path(target)}`;
}

function tmpfsLines(mount: Extract<Mount, { kind: "tmpfs" }>, path: WritePath): readonly string[] {
  const { target, mode, sizeBytes, exec, readOnly } = mount;
  if (target === "/tmp") return ["PrivateTmp=yes", ...(exec ? [] : ["NoExecPaths=/tmp /var/tmp"])];
  if (target === "/var/tmp") return [];
  const options = [
    `mode=${mode.toString(8).padStart(4, "0")}`,
    `size=${sizeBytes}`,
    ...(readOnly ? ["ro"] : []),
    ...(exec ? [] : ["noexec"]),
  ];
  return [`TemporaryFileSystem=${path(target)}:${options.join(",")}`];
}

function network(): ServiceSection {
  return {
    holds: ["network.none", "ipc.abstract-sockets"],
    note: "IPAddressDeny= counts where systemd may load programs into the kernel, which a user's manager may not; PrivateNetwork= holds without it.",
    directives: directives({ PrivateNetwork: "yes", IPAddressDeny: "any" }),
  };
}

function calls({ plan, facts }: ExportInput): ServiceSection {
  return {
    holds: ["process.seccomp"],
    note: "The calls that Cordon's filter lets through. All others are answered as if the kernel didn't have them, so that programs take older ones.",
    lost: ["Rules about arguments of system calls, beyond those that systemd has of its own."],
    directives: callDirectives(systemdCalls(profileOf(plan), facts.kernel.architecture), socketFamilies(plan)),
  };
}

function limits({ limits: asked }: Plan): ServiceSection {
  const { memoryBytes, pids, files: count, timeMs, cpu, diskBytes } = asked;
  return {
    holds: [
      ...(memoryBytes === undefined ? [] : ["limits.memory"]),
      ...(pids === undefined ? [] : ["limits.pids"]),
      ...(cpu === undefined ? [] : ["limits.cpu"]),
      ...(count === undefined ? [] : ["limits.files"]),
      ...(timeMs === undefined ? [] : ["limits.time"]),
    ],
    partly: diskBytes === undefined ? {} : { "limits.disk": "of each file, not of all of them together" },
    note: "Those of memory, processors and tasks count where their controllers are delegated to the user's manager (control groups, version 2).",
    directives: directives({
      ...groupLimits(asked),
      ...(count === undefined ? {} : { LimitNOFILE: String(count) }),
      ...(diskBytes === undefined ? {} : { LimitFSIZE: String(diskBytes) }),
      LimitCORE: "0",
      ...(timeMs === undefined ? {} : { RuntimeMaxSec: String(Math.ceil(timeMs / 1000)) }),
    }),
  };
}

function start({ command }: Plan, path: WritePath): ServiceSection {
  return {
    directives: [
      { name: "WorkingDirectory", value: path(command.cwd) },
      { name: "UMask", value: command.umask.toString(8).padStart(4, "0") },
      { name: "KillMode", value: "control-group" },
    ],
  };
}

/** The command's words after env(1) and its assignments. */
export function programWords(argv: readonly string[]): readonly string[] {
  const [program = ""] = argv;
  return program.includes("=")
    ? refuse(program, "a program that env(1) starts", "it would be taken for a variable")
    : argv;
}
