// A bash script that starts the command by rootless Podman, with the filter in a file beside it.
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
import { findProgram, makeScript } from "./script.js";
import { seccompFile } from "./seccomp.js";
import type { Section } from "./section.js";
import { shWord } from "./syntax/sh.js";
import type { Exported, Exporter, ExportInput } from "./types.js";

export const podman: Exporter = { kind: "podman", command: "accepted", ofThisUser: true, make };

function make(input: ExportInput): Exported {
  const { plan } = input;
  const container = containerOf(input, "podman");
  const filter = seccompFile(plan);
  return makeScript({
    kind: "podman",
    title: `A sandbox for ${plan.name} by rootless Podman`,
    needs: "Podman 4.3 for an ordinary user, bash, and the image, which is never pulled",
    input,
    beside: [filter],
    sections: [
      {
        lines: [
          'here=$(cd -- "$(dirname -- "$0")" && pwd)',
          "args=(run --rm --interactive --pull=never --http-proxy=false)",
        ],
      },
      walls(plan, container),
      {
        holds: FILTER_HOLDS(plan.nested),
        lines: [`args+=(--security-opt seccomp="$here"/${shWord(filter.name)})`],
      },
      {
        note: "On a system with SELinux the files keep their labels and the container has none of its own; cordon export selinux makes a type for it.",
        lines: ["args+=(--security-opt label=disable)"],
      },
      ...containerMounts(container, WRITER),
      environment(input, container),
      limits(plan),
      start(plan, container),
    ],
  });
}

function walls({ identity }: Plan, container: Container): Section {
  return containerSection(container, [
    "args+=(--userns=keep-id --read-only --read-only-tmpfs=false --cap-drop=all --security-opt no-new-privileges)",
    `args+=(--network=none --ipc=private --hostname ${shWord(identity.hostname)})`,
  ]);
}

const WRITER: MountWriter = {
  bind: ({ source, target, access }) => {
    const options = access === "write" ? "rw,nosuid,nodev" : "ro,nosuid,nodev";
    return `args+=(--volume ${shWord(`${volumePath(source)}:${volumePath(target)}:${options}`)})`;
  },
  tmpfs: ({ target, mode, sizeBytes, exec }) => {
    // The folder's owner is the container's root, so a folder of the command's own must be everybody's: nobody else is there.
    const rights = mode === 0o700 ? "1777" : mode.toString(8);
    const options = [
      "rw",
      "nosuid",
      "nodev",
      exec ? "exec" : "noexec",
      `size=${sizeBytes}`,
      `mode=${rights}`,
      "notmpcopyup",
    ];
    return `args+=(--tmpfs ${shWord(`${volumePath(target)}:${options.join(",")}`)})`;
  },
  hidden: ({ target, type }) =>
    type === "file"
      ? `args+=(--volume ${shWord(`/dev/null:${volumePath(target)}:ro`)})`
      : `args+=(--tmpfs ${shWord(`${volumePath(target)}:ro,size=4096,mode=0000,notmpcopyup`)})`,
};

function environment({ plan, passed }: ExportInput, { env }: Container): Section {
  return {
    note: "Variables with a value, and those that are taken from whoever starts this.",
    lines: [
      ...env.map(([name, value]) => `args+=(--env ${shWord(`${name}=${value}`)})`),
      ...passed.map((name) => `args+=($\{${name}+--env ${name}="$${name}"})`),
      `args+=(--workdir ${shWord(plan.command.cwd)} --umask ${plan.command.umask.toString(8).padStart(4, "0")})`,
    ],
  };
}

function limits(plan: Plan): Section {
  const { memoryBytes, pids, files, cpu, timeMs, diskBytes } = plan.limits;
  const flags = [
    ...(memoryBytes === undefined ? [] : [`--memory=${memoryBytes}`, `--memory-swap=${memoryBytes}`]),
    ...(pids === undefined ? [] : [`--pids-limit=${pids}`]),
    ...(cpu === undefined ? [] : [`--cpus=${cpu}`]),
    ...(files === undefined ? [] : [`--ulimit=nofile=${files}:${files}`]),
    ...(diskBytes === undefined ? [] : [`--ulimit=fsize=${diskBytes}:${diskBytes}`]),
    ...(timeMs === undefined ? [] : [`--timeout=${Math.ceil(timeMs / 1000)}`]),
    "--ulimit=core=0:0",
  ];
  return {
    ...heldLimits(plan.limits),
    note: "Memory, processors and processes are limited by control groups of version 2; with version 1 Podman of an ordinary user can't, and says so.",
    lines: [`args+=(${flags.join(" ")})`],
  };
}

function start({ command, home }: Plan, { image }: Container): Section {
  const kept = home.mode === "persistent" ? [`mkdir -p -m 700 -- ${shWord(home.source)}`] : [];
  return {
    partly: { "process.dies-with-supervisor": "a podman that is killed leaves the container running" },
    lines: [
      findProgram("podman"),
      ...kept,
      "if [ -t 0 ] && [ -t 1 ]; then args+=(--tty); fi",
      `exec "$podman" "$\{args[@]}" --entrypoint= ${shWord(image)} ${[...command.argv.map(shWord), '"$@"'].join(" ")}`,
    ],
  };
}
