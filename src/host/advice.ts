// Why a sandbox can't be made here and the smallest change that allows it. Pure. A protection that covers the whole host is
// never advised away first: a fix names Cordon's own program, or one container.

import { SYSTEM_COPY } from "./probe/init.js";
import type { Sysctls } from "./probe/sysctls.js";

export interface Situation {
  /** The first question that had no good answer, and its errno name. */
  readonly failed: { readonly name: string; readonly why: string };
  readonly sysctls: Sysctls;
  readonly container: string | undefined;
  readonly root: boolean;
  readonly chroot: boolean;
  readonly init: { readonly path: string; readonly ownerUid: number };
}

export interface Advice {
  readonly reason: string;
  /** Lines to read and commands to copy; a command starts with two spaces. */
  readonly fix: readonly string[];
}

export function adviseOn(situation: Situation): Advice {
  const { sysctls, failed, container } = situation;
  if (failed.name === "proc") return procAdvice(container);
  if (failed.name !== "userns" && !["mountns", "pidns", "netns"].includes(failed.name)) return kernelAdvice(failed);
  if (sysctls.maxUserNamespaces === 0) return maximumAdvice();
  if (!situation.root && sysctls.unprivilegedUserns === 0) return debianAdvice();
  if (!situation.root && sysctls.apparmorRestriction === 1) return apparmorAdvice(situation.init);
  if (situation.chroot) {
    return {
      reason: "this is a chroot, and the kernel makes no user namespaces in one",
      fix: ["Start Cordon outside of the chroot."],
    };
  }
  if (failed.why === "ENOSPC") return exhaustedAdvice();
  if (container !== undefined) return containerAdvice(container, failed);
  return kernelAdvice(failed);
}

/** Grants `userns` to one program and nothing else; `flags=(unconfined)` leaves it what it is without a profile. */
export function apparmorProfile(path: string): readonly string[] {
  return [
    "abi <abi/4.0>,",
    "include <tunables/global>",
    "",
    `profile cordon-init ${path} flags=(unconfined) {`,
    "  userns,",
    "  include if exists <local/cordon-init>",
    "}",
  ];
}

/** A profile belongs on a file that only root can change: else any program of the user could put itself in its place. */
function apparmorAdvice(init: Situation["init"]): Advice {
  const own = init.ownerUid === 0 && /^[\w./-]+$/.test(init.path);
  const path = own ? init.path : SYSTEM_COPY;
  const copy = [
    "Install a copy of cordon-init that only root can change (Cordon uses it as long as it is the same as its own; repeat after an",
    "upgrade of Cordon):",
    `  sudo install -D -o root -g root -m 0755 ${quote(init.path)} ${SYSTEM_COPY}`,
  ];
  return {
    reason:
      "AppArmor takes the rights away in user namespaces of programs that have no profile (Ubuntu's default since 23.10)",
    fix: [
      ...(own ? [] : copy),
      "Give that one program an AppArmor profile that allows user namespaces; all other programs stay restricted:",
      "  sudo tee /etc/apparmor.d/cordon-init >/dev/null <<'END'",
      ...apparmorProfile(path).map((line) => (line === "" ? "" : `  ${line}`)),
      "  END",
      "  sudo apparmor_parser -r /etc/apparmor.d/cordon-init",
    ],
  };
}

function debianAdvice(): Advice {
  return {
    reason: "this host lets only root make user namespaces (kernel.unprivileged_userns_clone is 0)",
    fix: [
      "Let root start the sandbox; the command inside runs under an unprivileged id:",
      "  sudo cordon run -- COMMAND",
      "There is no exception for one program. If an administrator decides to allow it to all users of this host (it opens more of",
      "the kernel to every local program):",
      "  echo kernel.unprivileged_userns_clone=1 | sudo tee /etc/sysctl.d/60-cordon.conf && sudo sysctl -p /etc/sysctl.d/60-cordon.conf",
    ],
  };
}

function exhaustedAdvice(): Advice {
  return {
    reason:
      "no further namespace may be made: another sandbox around Cordon forbids it, or the user's number of namespaces is used up",
    fix: [
      "Start Cordon outside of the other sandbox. In an ordinary shell, compare what is used with what is allowed:",
      "  lsns --type user --noheadings | wc -l; cat /proc/sys/user/max_user_namespaces",
    ],
  };
}

function maximumAdvice(): Advice {
  return {
    reason: "user namespaces are switched off on this host (user.max_user_namespaces is 0)",
    fix: [
      "Allow each user a small number; Cordon needs one per running sandbox. An administrator has to decide it, for it holds for all users:",
      "  echo user.max_user_namespaces=256 | sudo tee /etc/sysctl.d/60-cordon.conf && sudo sysctl -p /etc/sysctl.d/60-cordon.conf",
    ],
  };
}

const CONTAINER_OPTIONS: Readonly<Record<string, readonly string[]>> = {
  docker: [
    "Start this one container with (the sandbox's own filter still confines the command; the host and other containers stay as they are):",
    "  docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined …",
  ],
  podman: [
    "Start this one container with (the host and other containers stay as they are):",
    "  podman run --security-opt unmask=/proc/* --security-opt seccomp=unconfined …",
  ],
  kubernetes: [
    "In this one pod's securityContext: hostUsers: false on the pod; procMount: Unmasked and seccompProfile.type: Unconfined on the container.",
  ],
};

function optionsOf(container: string): readonly string[] {
  return (
    CONTAINER_OPTIONS[container] ?? [
      `Allow this one ${container} container to nest: user namespaces, mounts and a new /proc.`,
    ]
  );
}

function containerAdvice(container: string, failed: Situation["failed"]): Advice {
  return {
    reason: `this is a ${container} container that isn't allowed to make a sandbox of its own (${failed.name}: ${failed.why})`,
    fix: optionsOf(container),
  };
}

function procAdvice(container: string | undefined): Advice {
  if (container === undefined) {
    return {
      reason: "something is mounted over parts of /proc, so the kernel allows no new /proc in a sandbox",
      fix: ["See what it is, and unmount what isn't needed there:", "  findmnt -R /proc"],
    };
  }
  return {
    reason: `this ${container} container covers parts of /proc, so the kernel allows no new /proc inside it`,
    fix: optionsOf(container),
  };
}

function kernelAdvice(failed: Situation["failed"]): Advice {
  const why =
    failed.why === "timeout" || failed.why === "broken" || failed.why === "unanswered"
      ? failed.why
      : `error ${failed.why}`;
  const fix =
    failed.why === "ENOSYS"
      ? ["This kernel is too old or was built without it. Cordon's native backend needs Linux 5.14 or later."]
      : [
          "Something outside of Cordon forbids it: a chroot, a service unit's restrictions, another sandbox, or a hardened kernel. Try an ordinary login shell.",
        ];
  return { reason: `the kernel refused a step that every sandbox needs (${failed.name}: ${why})`, fix };
}

function quote(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
