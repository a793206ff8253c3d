// An AppArmor profile out of a plan: which paths the command may read and change, by the names that it sees, and that it has no network,
// no capabilities, no mounts and no traces. Pure. Unlike mounts it also holds names that aren't there yet, at any depth.
import { CordonError } from "../core/error.js";
import { printable } from "../core/text.js";
import { isInside } from "../plan/paths.js";
import type { GuardedName, Mount, Plan } from "../plan/types.js";

/** One block of rules and what it is for. */
export interface AppArmorBlock {
  readonly holds: readonly string[];
  readonly note?: string;
  /** What is held only in part, and what is missing. */
  readonly partly?: Readonly<Record<string, string>>;
  readonly rules: readonly string[];
}

/** A path as a quoted literal: what AppArmor takes for a pattern or a variable is escaped. */
export function appArmorPath(path: string): string {
  if (/[\u0000-\u001f\u007f"\\]/.test(path))
    throw new CordonError("export-refused", `"${printable(path, 200)}" can't be written as a path of AppArmor`, {
      hint: "it holds a quote, a backslash or a control character: choose another path",
    });
  return path.replace(/[*?[\]{}^@,]/g, "\\$&");
}

/** The name of the profile: it is loaded for the whole computer. */
export function appArmorName({ name }: Pick<Plan, "name">): string {
  return `cordon-${name}`;
}

export function appArmorBlocks(plan: Plan): readonly AppArmorBlock[] {
  return [refused(plan), seen(plan), granted(plan), hidden(plan), guarded(plan)];
}

function refused({ nested }: Plan): AppArmorBlock {
  return {
    holds: [
      "process.no-capabilities",
      "process.no-host-signals",
      "network.none",
      ...(nested ? [] : ["process.no-namespaces"]),
    ],
    note: "No capability, no network but within the sandbox, no mounts, no looking into other programs and no signals to them.",
    rules: [
      "deny capability,",
      "network unix stream,",
      "network unix dgram,",
      "network inet stream,",
      "network inet6 stream,",
      "network inet dgram,",
      "network inet6 dgram,",
      "network netlink raw,",
      "deny network raw,",
      "deny network packet,",
      ...(nested ? [] : ["deny mount,", "deny umount,", "deny pivot_root,"]),
      "signal (send, receive) peer=@{profile_name},",
      "ptrace (read, trace) peer=@{profile_name},",
      "unix peer=(label=@{profile_name}),",
    ],
  };
}

function seen({ mounts }: Plan): AppArmorBlock {
  const paths = mounts.flatMap((mount) =>
    isSystem(mount)
      ? readRules(mount.target, mount.kind === "file" || (mount.kind === "bind" && mount.type === "file"))
      : [],
  );
  return {
    holds: ["files.system-read-only", "proc.masked", "devices.minimal"],
    note: "The system, to be read and executed within this profile.",
    rules: [
      '"/" r,',
      ...paths,
      '"/proc/" r,',
      '"/proc/[0-9]*/**" r,',
      '"/proc/[0-9]*/{,task/*/}{attr/**,comm,oom_score_adj,fd/**,timerslack_ns}" rw,',
      '"/proc/{cpuinfo,filesystems,loadavg,meminfo,mounts,self,stat,sys/**,uptime,version}" r,',
      '"/dev/{null,zero,full,random,urandom,tty,ptmx}" rw,',
      '"/dev/pts/**" rw,',
      '"/dev/shm/**" rwk,',
      '"/dev/{fd,stdin,stdout,stderr}" r,',
    ],
  };
}

function isSystem(mount: Mount): boolean {
  if (mount.kind === "file") return true;
  return mount.kind === "bind" && (mount.origin === "system" || mount.origin === "command");
}

function readRules(target: string, single: boolean): readonly string[] {
  const path = appArmorPath(target);
  return single ? [`"${path}" rix,`] : [`"${path}{,/}" r,`, `"${path}/**" mrix,`];
}

function granted({ mounts }: Plan): AppArmorBlock {
  const rules = mounts.flatMap((mount): readonly string[] => {
    if (mount.kind === "tmpfs") return mount.readOnly ? [] : writeRules(mount.target, mount.exec);
    if (mount.kind !== "bind" || isSystem(mount)) return [];
    if (mount.type === "socket") return [`"${appArmorPath(mount.target)}" rw,`];
    if (mount.access === "write")
      return mount.type === "file" ? [`"${appArmorPath(mount.target)}" rwk,`] : writeRules(mount.target, mount.exec);
    return readRules(mount.target, mount.type === "file");
  });
  return {
    holds: ["files.named-only", "files.home-hidden", "files.tmp-private", "workspace.read-only"],
    note: "What the policy grants, and the folders of the command's own. The paths are those that the command sees.",
    rules: [...new Set(rules)],
  };
}

function writeRules(target: string, exec: boolean): readonly string[] {
  const path = appArmorPath(target);
  return [`"${path}{,/}" r,`, `"${path}/**" rwkl${exec ? "mix" : ""},`];
}

function hidden({ mounts }: Plan): AppArmorBlock {
  const rules = mounts.flatMap((mount) =>
    mount.kind === "mask" ? [`deny "${appArmorPath(mount.target)}{,/**}" rwklmx,`] : [],
  );
  return { holds: ["files.deny"], rules };
}

/** Names at any depth, also those that aren't there yet. */
function guarded({ guard, mounts }: Plan): AppArmorBlock {
  const readOnly = mounts.flatMap((mount) =>
    mount.kind === "bind" &&
    mount.access === "read" &&
    guard.roots.some((root) => isInside(mount.target, root) && mount.target !== root)
      ? [`deny "${appArmorPath(mount.target)}{,/**}" wkl,`]
      : [],
  );
  const names = guard.names.flatMap((name) => roots(name, guard.roots).flatMap((root) => nameRules(root, name)));
  return {
    holds: ["files.deny"],
    partly: {
      "workspace.protected-names":
        "a folder that holds such a name can be moved into place whole, and harmless changes of .git/config are refused too",
    },
    note: "Names that may not be made or changed at any depth, and denied ones.",
    rules: [...new Set([...readOnly, ...names])],
  };
}

function roots({ anchor }: GuardedName, all: readonly string[]): readonly string[] {
  return anchor === undefined ? all : [anchor];
}

function nameRules(root: string, { kind, anchor, components }: GuardedName): readonly string[] {
  const pattern = components.map(componentPattern).join("/");
  const rights = kind === "deny" ? "rwklmx" : "wkl";
  const top = `deny "${appArmorPath(root)}/${pattern}{,/**}" ${rights},`;
  return anchor === undefined ? [top, `deny "${appArmorPath(root)}/**/${pattern}{,/**}" ${rights},`] : [top];
}

/** `*` and `?` mean the same in a policy and in AppArmor: within one name; `**` crosses folders. */
function componentPattern(component: string): string {
  return component === "**"
    ? "**"
    : component
        .split(/([*?])/)
        .map((part) => (part === "*" || part === "?" ? part : appArmorPath(part)))
        .join("");
}
