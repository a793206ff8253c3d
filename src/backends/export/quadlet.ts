// A Quadlet file: systemd's generator makes a service of the user's manager out of it that starts the container by Podman.
import type { Plan } from "../../plan/types.js";
import {
  type Container,
  containerMounts,
  containerOf,
  containerSection,
  FILTER_HOLDS,
  heldLimits,
  type MountWriter,
  volumePath,
} from "./container.js";
import { seccompFile } from "./seccomp.js";
import { header, lostBy, type Section, sectionLines } from "./section.js";
import { environmentWord, execWord, unitPath, unitText } from "./syntax/systemd.js";
import type { Exported, Exporter, ExportInput } from "./types.js";

export const quadlet: Exporter = { kind: "quadlet", command: "required", ofThisUser: true, make };

function make(input: ExportInput): Exported {
  const { plan } = input;
  const container = containerOf(input, "quadlet");
  const filter = seccompFile(plan);
  const name = `${plan.name}.container`;
  const sections: readonly Section[] = [
    containerSection(container, [
      `Image=${unitText(container.image)}`,
      "UserNS=keep-id",
      "ReadOnly=true",
      "DropCapability=all",
      "NoNewPrivileges=true",
      "Network=none",
      "PodmanArgs=--pull=never --read-only-tmpfs=false --http-proxy=false --ipc=private",
    ]),
    {
      holds: FILTER_HOLDS(plan.nested),
      note: `The filter lies beside this file as ${filter.name}.`,
      lines: [`SeccompProfile=%h/.config/containers/systemd/${unitPath(filter.name)}`],
    },
    { note: "On a system with SELinux the files keep their labels.", lines: ["SecurityLabelDisable=true"] },
    ...containerMounts(container, WRITER),
    command(input, container),
    podmanLimits(plan),
  ];
  const service = serviceLimits(plan);
  const all = [...sections, service];
  const lost = [...input.lost, ...lostBy(all, plan)];
  const lines = [
    ...header({
      title: `A sandbox for ${plan.name} by Podman's Quadlet`,
      plan,
      usage: [
        `Put it and ${filter.name} into ~/.config/containers/systemd, then: systemctl --user daemon-reload && systemctl --user start ${plan.name}`,
        "It needs Podman 4.5 or later, of an ordinary user.",
      ],
      lost,
    }),
    "",
    "[Unit]",
    `Description=${unitText(`${plan.name} in a sandbox`)}`,
    "",
    "[Container]",
    ...sections.flatMap((section) => sectionLines(section, plan)),
    "",
    "[Service]",
    ...sectionLines(service, plan),
    "",
    "[Install]",
    "WantedBy=default.target",
  ];
  return { files: [{ name, executable: false, content: `${lines.join("\n")}\n` }, filter], lost };
}

const WRITER: MountWriter = {
  bind: ({ source, target, access }) =>
    `Volume=${volume(source)}:${volume(target)}:${access === "write" ? "rw" : "ro"},nosuid,nodev`,
  tmpfs: ({ target, mode, sizeBytes, exec }) => {
    const rights = mode === 0o700 ? "1777" : mode.toString(8);
    return `Tmpfs=${volume(target)}:rw,nosuid,nodev,${exec ? "exec" : "noexec"},size=${sizeBytes},mode=${rights},notmpcopyup`;
  },
  hidden: ({ target, type }) =>
    type === "file"
      ? `Volume=/dev/null:${volume(target)}:ro`
      : `Tmpfs=${volume(target)}:ro,size=4096,mode=0000,notmpcopyup`,
};

/** The generator takes the line as it stands, and quotes it for the service. */
function volume(path: string): string {
  return unitPath(volumePath(path)).replaceAll('"', "");
}

function command({ plan, passed }: ExportInput, { env }: Container): Section {
  const [program = "", ...rest] = plan.command.argv;
  return {
    holds: ["terminal.no-injection", "process.no-inherited-descriptors", "process.dies-with-supervisor"],
    lines: [
      ...env.map(([name, value]) => `Environment=${environmentWord(name, value)}`),
      ...(passed.length === 0 ? [] : [`PodmanArgs=${passed.map((name) => `--env ${name}`).join(" ")}`]),
      `PodmanArgs=${execWord(`--workdir=${plan.command.cwd}`)}`,
      `Exec=${[program, ...rest].map(execWord).join(" ")}`,
    ],
  };
}

function podmanLimits({ limits }: Plan): Section {
  const { pids, files, diskBytes, memoryBytes, cpu } = limits;
  const flags = [
    ...(memoryBytes === undefined ? [] : [`--memory=${memoryBytes}`, `--memory-swap=${memoryBytes}`]),
    ...(cpu === undefined ? [] : [`--cpus=${cpu}`]),
    ...(pids === undefined ? [] : [`--pids-limit=${pids}`]),
    ...(files === undefined ? [] : [`--ulimit=nofile=${files}:${files}`]),
    ...(diskBytes === undefined ? [] : [`--ulimit=fsize=${diskBytes}:${diskBytes}`]),
    "--ulimit=core=0:0",
  ];
  const { holds = [], partly = {} } = heldLimits(limits);
  return { holds: holds.filter((id) => id !== "limits.time"), partly, lines: [`PodmanArgs=${flags.join(" ")}`] };
}

function serviceLimits({ limits: { timeMs } }: Plan): Section {
  if (timeMs === undefined) return { lines: ["Restart=no"] };
  return { holds: ["limits.time"], lines: ["Restart=no", `RuntimeMaxSec=${Math.ceil(timeMs / 1000)}`] };
}
