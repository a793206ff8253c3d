// What a container of the plan is like, for Podman, Quadlet and Kubernetes: the image brings the system, so that of the plan's mounts only
// the granted, the private and the hidden ones are left. Pure.
import { CordonError } from "../../core/error.js";
import type { Plan } from "../../plan/types.js";
import type { Section } from "./section.js";
import { refuse } from "./syntax/refuse.js";
import { type Bind, isGrant, only, purposeOf, shownMounts, type Tmpfs } from "./tree.js";
import type { ExportInput } from "./types.js";

export interface Container {
  readonly image: string;
  readonly binds: readonly Bind[];
  readonly tmpfs: readonly Tmpfs[];
  readonly hidden: readonly { readonly target: string; readonly type: "file" | "directory" }[];
  /** Without those that the caller gives. */
  readonly env: readonly (readonly [name: string, value: string])[];
}

const STANDARD_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export function containerOf({ plan, passed, image }: ExportInput, kind: string): Container {
  if (image === undefined)
    throw new CordonError("usage", `${kind} starts a container image, and none is named`, {
      hint: "--image NAME@sha256:DIGEST; cordon export containerfile begins one",
    });
  const mounts = shownMounts(plan);
  const hidden = only(mounts, "mask").flatMap(({ target, type }) => (type === undefined ? [] : [{ target, type }]));
  const env = Object.entries({ ...plan.command.env, PATH: STANDARD_PATH }).filter(([name]) => !passed.includes(name));
  return {
    image,
    binds: only(mounts, "bind").filter(isGrant),
    // What lies in /usr is the image's own business.
    tmpfs: only(mounts, "tmpfs").filter(({ readOnly }) => !readOnly),
    hidden,
    env,
  };
}

/** A volume's path: the colon ends it. */
export function volumePath(path: string): string {
  return /[:\n\r\t]/.test(path) ? refuse(path, "a volume", "it holds a colon or a line end") : path;
}

export function isPinned(image: string): boolean {
  return /@sha256:[0-9a-f]{64}$/.test(image);
}

/** What every container holds, and what the image changes. */
export function containerSection({ image }: Container, lines: readonly string[]): Section {
  return {
    holds: [
      "files.named-only",
      "files.system-read-only",
      "process.pid-namespace",
      "process.no-host-signals",
      "process.no-capabilities",
      "process.no-new-privileges",
      "ipc.private",
      "ipc.abstract-sockets",
      "network.none",
      "identity.unprivileged",
      "devices.minimal",
      "proc.masked",
      "process.environment-clean",
    ],
    lost: [
      "The system: programs and libraries are those of the image, not of this computer. The image's own variables are there too.",
      ...(isPinned(image)
        ? []
        : [
            "The image isn't pinned: whoever changes what its name means changes what runs. Name it with @sha256:DIGEST.",
          ]),
    ],
    lines,
  };
}

export const FILTER_HOLDS = (nested: boolean): readonly string[] => [
  "process.seccomp",
  ...(nested ? [] : ["process.no-namespaces"]),
  "ipc.keyring",
  "terminal.no-injection",
];

/** Sections for the mounts, with the lines that a kind writes for each. */
export interface MountWriter {
  bind(bind: Bind): string;
  tmpfs(tmpfs: Tmpfs): string;
  hidden(mask: Container["hidden"][number]): string;
}

export function containerMounts({ binds, tmpfs, hidden }: Container, writer: MountWriter): readonly Section[] {
  const kept = binds.filter((bind) => purposeOf(bind) === "protected");
  return [
    {
      holds: ["files.home-hidden", "files.tmp-private"],
      lines: [
        ...tmpfs.map((mount) => writer.tmpfs(mount)),
        ...binds.filter((bind) => purposeOf(bind) === "private").map((bind) => writer.bind(bind)),
      ],
    },
    {
      holds: ["workspace.read-only", "network.named-sockets"],
      note: "What the policy grants.",
      lines: binds.filter((bind) => purposeOf(bind) === "granted").map((bind) => writer.bind(bind)),
    },
    {
      partly: {
        "workspace.protected-names": "what existed when this was exported stays as it is; such names can be made anew",
      },
      lines: kept.map((bind) => writer.bind(bind)),
    },
    {
      partly: { "files.deny": "what existed when this was exported is hidden; what comes later isn't" },
      lines: hidden.map((mask) => writer.hidden(mask)),
    },
  ];
}

/** What holds each limit that is asked for, where control groups are version 2. */
export function heldLimits(limits: Plan["limits"]): Pick<Section, "holds" | "partly"> {
  const { memoryBytes, pids, files, cpu, timeMs, diskBytes } = limits;
  const held = { memory: memoryBytes, pids, files, cpu, time: timeMs };
  return {
    holds: Object.entries(held).flatMap(([name, value]) => (value === undefined ? [] : [`limits.${name}`])),
    partly: diskBytes === undefined ? {} : { "limits.disk": "of each file, not of all of them together" },
  };
}
