// The container that runsc is given: the tree that cordon-init has built, as it is, and the command. Pure.
import type { HostFacts } from "../../../host/types.js";
import type { Fragment, Plan } from "../../../plan/types.js";
import { innerLimits } from "./limits.js";

/** Inside of the sandbox; hidden from the command. */
export const BUNDLE = "/run/cordon-gvisor";
const STATE = `${BUNDLE}/state`;

/** The plan as it is for what stands around runsc: no guard, and namespaces allowed. */
export function inner(plan: Plan): Plan {
  return { ...plan, nested: true, guard: { roots: [], names: [], watch: [] }, record: { exec: false } };
}

export function innermost({ command: { env, umask }, secrets = [] }: Plan, facts: HostFacts): Fragment {
  const runsc = facts.walls?.["runsc"]?.path ?? "/usr/bin/runsc";
  // `run` must be given a network; `host` is that of the sandbox, in which there is nothing but what Cordon put there.
  const flags = ["--rootless", "--ignore-cgroups", "--network=host", "--platform=ptrace", "--file-access=shared"];
  const placeholders = secrets.map(({ name }) => name);
  const reason = `the placeholder of ${placeholders.join(", ")} can't be given to a container of runsc's yet`;
  return {
    ops: [
      { op: "umask", fields: [umask] },
      { op: "cwd", fields: ["/"] },
      { op: "env", fields: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"] },
      ...["/bin/sh", "-c", START, runsc, `--root=${STATE}`, ...flags, "run"].map((word) => ({
        op: "arg",
        fields: [word],
      })),
    ],
    enforces: [
      {
        control: "process.environment-clean",
        mechanism: `an environment of ${Object.keys(env).length} variables made from the policy`,
      },
    ],
    ...(placeholders.length === 0 ? {} : { cannot: [{ control: "secrets.placeholders", reason }] }),
  };
}

/** Whether there is a terminal is known when it starts. */
const START = `if [ -t 0 ] && [ -t 1 ]; then b=terminal; else b=plain; fi; exec "$0" "$@" --bundle="${BUNDLE}/$b" cordon`;

/** config.json of the OCI runtime specification. */
export function configOf(plan: Plan, terminal: boolean): string {
  const {
    command: { argv, cwd, env },
    identity: { hostname },
  } = plan;
  return JSON.stringify({
    ociVersion: "1.0.0",
    process: {
      terminal,
      // The one user that runsc has without privileges: it stands for the caller.
      user: { uid: 0, gid: 0 },
      // The statuses of a program that isn't there, or is none, are the shell's.
      args: ["/bin/sh", "-c", 'exec "$@"', "sh", ...argv],
      env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
      cwd,
      capabilities: {},
      rlimits: innerLimits(plan),
      noNewPrivileges: true,
    },
    root: { path: "/", readonly: false },
    hostname,
    mounts: [
      { destination: "/proc", type: "proc", source: "proc" },
      { destination: "/dev", type: "dev", source: "dev" },
      { destination: "/dev/shm", type: "tmpfs", source: "tmpfs" },
      { destination: BUNDLE, type: "tmpfs", source: "tmpfs", options: ["ro"] },
    ],
    linux: { namespaces: ["pid", "ipc", "uts", "mount"].map((type) => ({ type })) },
  });
}
