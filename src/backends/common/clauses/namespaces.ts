// Namespaces, who the command is in them, and what it may not become. Pure.
import type { HostFacts } from "../../../host/types.js";
import type { Fragment, Plan } from "../../../plan/types.js";

const CLONE_NEWCGROUP = 0x02000000;
const CLONE_NEWUTS = 0x04000000;
const CLONE_NEWIPC = 0x08000000;
const CLONE_NEWNET = 0x40000000;

/** What rests on the namespaces themselves. */
const HELD: readonly { readonly control: string; readonly mechanism: string }[] = [
  { control: "process.pid-namespace", mechanism: "PID namespace with a /proc of its own" },
  { control: "process.no-host-signals", mechanism: "PID namespace: processes outside have no number inside" },
  {
    control: "process.dies-with-supervisor",
    mechanism: "PID namespace whose first process is killed with Cordon (PR_SET_PDEATHSIG)",
  },
  { control: "ipc.private", mechanism: "IPC namespace" },
  { control: "ipc.abstract-sockets", mechanism: "network namespace: abstract sockets of the host aren't in it" },
];

export function namespaces(plan: Plan, facts: HostFacts): Fragment {
  const ops = [
    { op: "namespaces", fields: [CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP] },
    { op: "hostname", fields: [plan.identity.hostname] },
  ];
  const { usable, reason = "namespaces can't be made on this host" } = facts.namespaces;
  return usable ? { ops, enforces: HELD } : { ops, cannot: HELD.map(({ control }) => ({ control, reason })) };
}

export function identity({ identity: who }: Plan, facts: HostFacts): Fragment {
  const { uid, gid, hostUid, hostGid, mapOwner } = who;
  const ops = [
    { op: "identity", fields: [uid, gid, hostUid, hostGid] },
    ...(mapOwner === undefined ? [] : [{ op: "map-owner", fields: [mapOwner.uid, mapOwner.gid] }]),
  ];
  const control = "identity.unprivileged";
  if (hostUid === 0 || uid === 0) return { ops, cannot: [{ control, reason: "the command would run as root" }] };
  if (mapOwner !== undefined && !facts.mounts.idmapped) {
    return {
      ops,
      cannot: [{ control, reason: "this kernel can't map the owner of the granted files (idmapped mounts)" }],
    };
  }
  return {
    ops,
    enforces: [
      { control, mechanism: `user namespace: uid ${uid} inside is uid ${hostUid} of the host, and no other is there` },
    ],
  };
}
