// What gVisor's kernel holds in the place of the host's, and what nobody can hold there. Pure.
import type { Fragment, Plan } from "../../../plan/types.js";

const UNSEEN = "gVisor answers the command's system calls itself";
const NAMES = `${UNSEEN}: names that aren't there yet can't be judged`;

/** Without privileges runsc has one user, number 0 of its own kernel. */
export function identity({ identity: { uid, hostUid, hostGid, gid } }: Plan): Fragment {
  const control = "identity.unprivileged";
  const ops = [{ op: "identity", fields: [uid, gid, hostUid, hostGid] }];
  if (uid === 0 || hostUid === 0) return { ops, cannot: [{ control, reason: "it would have to be started by root" }] };
  const mechanism = `what is uid 0 of gVisor's own kernel, without a capability even there, is uid ${hostUid} of the host`;
  return { ops, enforces: [{ control, mechanism, degraded: true }] };
}

export function promises(plan: Plan): Fragment {
  const denies = plan.guard.names.some(({ kind }) => kind === "deny");
  const covered = plan.mounts.filter(({ kind }) => kind === "mask").length;
  return {
    enforces: [
      ...(plan.nested
        ? []
        : [
            {
              control: "process.no-namespaces",
              mechanism: "gVisor: the command can make namespaces of its kernel's; the host's is never asked",
              degraded: true,
            },
          ]),
      { control: "process.pid-namespace", mechanism: "gVisor's kernel has no processes but the command's" },
      { control: "process.no-host-signals", mechanism: "gVisor's kernel has no processes but the command's" },
      {
        control: "process.seccomp",
        mechanism: "gVisor's kernel answers the command's system calls, all that it has; around it runsc's own filters",
        degraded: true,
      },
      {
        control: "ipc.socket-files",
        mechanism: "gVisor: its process for files connects to no socket of the host",
      },
      ...(denies
        ? []
        : [
            {
              control: "files.deny",
              mechanism: `mount namespace: ${covered} existing paths are covered by empty ones`,
            },
          ]),
    ],
    cannot: [
      { control: "process.recorded", reason: `${UNSEEN}: nobody sees what is executed` },
      { control: "workspace.protected-names", reason: NAMES },
      { control: "network.named-sockets", reason: "gVisor's process for files connects to no socket of the host" },
      ...(denies ? [{ control: "files.deny", reason: NAMES }] : []),
    ],
  };
}
