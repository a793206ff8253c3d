// The service that the user's manager makes: what it takes away, before cordon-init takes the rest. Nothing is inherited by it, so
// cordon-init meets the outer process at a socket of the run's. Pure.
import { systemdPath } from "../../../core/argv.js";
import type { HostFacts } from "../../../host/types.js";
import { parentOf } from "../../../plan/paths.js";
import type { Fragment, Op, Plan } from "../../../plan/types.js";
import { program, RUN_ID, words } from "../../common/launch.js";
import { outerProfile } from "../../common/outer-filter.js";
import { STAGE } from "../../common/staged.js";
import { callDirectives, type Directive, directives, EMPTY_ROOT, KERNEL, PRIVILEGES } from "../../common/systemd.js";
import { socketFamilies, systemdCalls } from "../../common/systemd-calls.js";
import { properties } from "./properties.js";

const CLONE_NEWCGROUP = 0x02000000;
const CLONE_NEWUTS = 0x04000000;
const CLONE_NEWPID = 0x20000000;
/** What cordon-init makes inside; the rest is the manager's. */
const OWN = { flags: CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWPID, names: "user mnt pid uts cgroup" };

/** On a host that is made up. */
const INIT = "/usr/lib/cordon-init";
const MEETING = `${STAGE}/meeting`;

export function service(plan: Plan, facts: HostFacts): Fragment {
  const { env = {} } = facts.walls?.["systemd-run"] ?? {};
  const meeting = `/run/user/${facts.user.uid}/cordon-${RUN_ID}`;
  return {
    ops: [
      ...program("systemd-run", facts),
      ...words("--user", "--quiet", "--collect", "--wait", "--pipe", "--service-type=exec"),
      ofThisRun(`--unit=cordon-${RUN_ID}`),
      ...words(`--description=A run of Cordon: ${plan.name}`),
      ...properties(held(plan, facts)),
      ...shownInit(facts),
      ofThisRun(`--property=BindReadOnlyPaths=${meeting}:${MEETING}`),
      { op: "wall-meet", fields: [meeting], slot: "run-id" },
      ...Object.entries(env).map(([name, value]): Op => ({ op: "wall-env", fields: [`${name}=${value}`] })),
      { op: "namespaces", fields: [OWN.flags] },
      { op: "hostname", fields: [plan.identity.hostname] },
    ],
    enforces: [
      {
        control: "process.pid-namespace",
        mechanism: "a PID namespace of cordon-init's inside of the service, with a /proc of its own",
      },
      {
        control: "process.no-host-signals",
        mechanism: "a PID namespace inside of the service: processes outside have no number inside",
      },
      {
        control: "process.dies-with-supervisor",
        mechanism:
          "the first process ends with its channel to Cordon, and systemd ends what is left of the service (KillMode=control-group)",
      },
      { control: "ipc.private", mechanism: "systemd PrivateIPC=" },
      {
        control: "ipc.abstract-sockets",
        mechanism: "systemd PrivateNetwork=: abstract sockets of the host aren't in it",
      },
    ],
  };
}

function ofThisRun(word: string): Op {
  return { op: "wall", fields: [word], slot: "run-id" };
}

/**
 * Without those that mount something over parts of /proc (ProtectKernelTunables=, ProtectKernelLogs=, ProtectHostname=): the kernel
 * would allow no new /proc then. cordon-init covers the same parts of its own. IPAddressDeny= would count for the connections to the
 * sandbox's own loopback too. RestrictSUIDSGID= forbids openat2(2), which cordon-init can't do without.
 */
function held(plan: Plan, { kernel }: HostFacts): readonly Directive[] {
  return [
    ...directives({
      ...PRIVILEGES,
      ...(plan.nested ? {} : { RestrictNamespaces: OWN.names }),
      ...KERNEL,
      PrivateMounts: "yes",
      PrivateNetwork: "yes",
      PrivateIPC: "yes",
      ...EMPTY_ROOT,
      MountAPIVFS: "yes",
    }),
    ...callDirectives(systemdCalls(outerProfile(), kernel.architecture), socketFamilies(plan)),
    ...directives({
      WorkingDirectory: "/",
      // What the kernel ends for memory is for Cordon to tell of.
      OOMPolicy: "continue",
      KillMode: "control-group",
      KillSignal: "SIGKILL",
      LimitCORE: "0",
    }),
  ];
}

/** systemd-run looks for the program on the host: it has the same path inside. systemd makes no folder for a file alone. */
function shownInit({ init }: HostFacts): readonly Op[] {
  const path = init?.path ?? INIT;
  return properties([
    ...[STAGE, parentOf(path)].map((folder) => ({ name: "TemporaryFileSystem", value: `${systemdPath(folder)}:ro` })),
    { name: "BindReadOnlyPaths", value: `${systemdPath(path)}:${systemdPath(path)}` },
  ]);
}

export function innermostInService(_plan: Plan, { init }: HostFacts): Fragment {
  return { ops: words("--", init?.path ?? INIT, "init", MEETING) };
}
