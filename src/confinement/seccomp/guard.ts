// The overrides that send file-changing calls to the guard in cordon-init, and the nesting variant of a profile.
// Only register values are looked at here; which path a call means is the guard's business.

import type { Architecture } from "./constants.js";
import { ERRNO } from "./constants.js";
import type { OciRule, OciSeccomp } from "./oci.js";
import { NESTING } from "./profiles/calls.js";
import type { OverrideRule } from "./rules.js";

/** O_WRONLY | O_RDWR: with either bit (both: no access, but a right to ioctl) the file isn't only read. */
const O_ACCESS = 0o3;
const O_CREAT = 0o100;
const O_TRUNC = 0o1000;
/** The bit that tells O_TMPFILE from O_DIRECTORY. Like the others above the same on x86-64 and arm64. */
const O_TMPFILE = 0o20000000;

const CHANGES_FILES = O_ACCESS | O_CREAT | O_TRUNC | O_TMPFILE;

const BY_PATH: readonly string[] = [
  "creat",
  "mkdir",
  "mkdirat",
  "mknod",
  "mknodat",
  "link",
  "linkat",
  "symlink",
  "symlinkat",
  "rename",
  "renameat",
  "renameat2",
  "unlink",
  "unlinkat",
  "rmdir",
  "truncate",
  "chmod",
  "fchmod",
  "fchmodat",
  "fchmodat2",
  // A socket at a protected name would take it.
  "bind",
];

/** Extended attributes: POSIX ACLs are modes by another name, and names of attributes lie in memory. `cp -a` and the like go on without. */
const ATTRIBUTES: readonly string[] = [
  "setxattr",
  "lsetxattr",
  "fsetxattr",
  "setxattrat",
  "removexattr",
  "lremovexattr",
  "fremovexattr",
  "removexattrat",
];

/** Sharing of extents, which works on descriptors that are open for writing: the only calls of btrfs's type that are needed. */
const CLONES = [0x40049409, 0x4020940d, 0xc0189436];
/** Types of ioctls by which btrfs and bcachefs make names (subvolumes, snapshots) past any look at a path. */
const MAKES_NAMES = [0x9400, 0xbc00];
/** FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR, OCFS2_IOC_REFLINK, FS_IOC_ENABLE_VERITY: on descriptors that are open for reading only. */
const CHANGES_FILES_BY_IOCTL = [0x40086602, 0x401c5820, 0x40186f04, 0x40806685];

/** Datagrams of unix sockets can be sent to any socket file by an address in memory, past the guard's look at `connect`. SOCK_RAW is the
 *  same there. Libraries that write to a system log go on without; the log isn't inside anyway. */
function unixDatagrams(): readonly OverrideRule[] {
  const int = (index: number, value: number) =>
    ({ index, op: "SCMP_CMP_MASKED_EQ", value: 0xffffffff, valueTwo: value }) as const;
  const type = (value: number) =>
    ({ index: 1, op: "SCMP_CMP_MASKED_EQ", value: SOCK_TYPE_MASK, valueTwo: value }) as const;
  return [SOCK_DGRAM, SOCK_RAW].map((value) => ({
    names: ["socket", "socketpair"],
    action: "SCMP_ACT_ERRNO",
    errnoRet: ERRNO.EPROTONOSUPPORT,
    args: [int(0, AF_UNIX), type(value)],
  }));
}

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_RAW = 3;
/** The bits above are SOCK_CLOEXEC and SOCK_NONBLOCK. */
const SOCK_TYPE_MASK = 0xf;

const S_ISUID_OR_ISGID = 0o6000;
const S_ISUID = 0o4000;

/** What would change names or rights in a guarded tree without a path that the guard could judge. */
function refusals(arch: Architecture): readonly OverrideRule[] {
  const low = (value: number, valueTwo: number) => ({ index: 1, op: "SCMP_CMP_MASKED_EQ", value, valueTwo }) as const;
  const refused = (names: readonly string[], args: OverrideRule["args"] = []): OverrideRule => ({
    names,
    action: "SCMP_ACT_ERRNO",
    errnoRet: ERRNO.EPERM,
    args,
  });
  const bits = (index: number, value: number) => ({ index, op: "any-bit", value }) as const;
  const modes: OverrideRule[] = [
    refused(["openat"], [bits(2, O_CREAT), bits(3, S_ISUID_OR_ISGID)]),
    refused(["fchmodat", "fchmodat2"], [bits(2, S_ISUID)]),
    refused(["fchmod"], [bits(1, S_ISUID)]),
    refused(["mkdirat", "mknodat"], [bits(2, S_ISUID)]),
  ];
  const older: OverrideRule[] = [
    refused(["open"], [bits(1, O_CREAT), bits(2, S_ISUID_OR_ISGID)]),
    refused(["creat"], [bits(1, S_ISUID_OR_ISGID)]),
    refused(["chmod", "mkdir", "mknod"], [bits(1, S_ISUID)]),
  ];
  return [
    { names: ATTRIBUTES, action: "SCMP_ACT_ERRNO", errnoRet: ERRNO.EOPNOTSUPP },
    ...CLONES.map(
      (value): OverrideRule => ({ names: ["ioctl"], action: "SCMP_ACT_ALLOW", args: [low(0xffffffff, value)] }),
    ),
    ...MAKES_NAMES.map((type) => refused(["ioctl"], [low(0xff00, type)])),
    ...CHANGES_FILES_BY_IOCTL.map((value) => refused(["ioctl"], [low(0xffffffff, value)])),
    ...modes,
    ...(arch === "x64" ? older : []),
  ];
}

/**
 * What the guard has to see: `files` when there are writable trees of the host, else which socket is connected to; `record`: nothing that
 * it decides. Each duty holds what the ones after it do.
 */
export type GuardDuty = "files" | "sockets" | "record";

/**
 * What the guard must see. An architecture without a call (arm64 has no `open`) has no rule for it. `openat2` takes its
 * flags by pointer, where a filter can't look; programs fall back on `openat` when it isn't there.
 */
export function guardOverrides(arch: Architecture, duty: GuardDuty): readonly OverrideRule[] {
  // The guard makes connections itself: which socket file an address means can't be seen by a filter.
  const sockets: readonly OverrideRule[] = [...unixDatagrams(), { names: ["connect"], action: "SCMP_ACT_NOTIFY" }];
  return [
    ...(duty === "files" ? fileOverrides(arch) : []),
    ...(duty === "record" ? [] : sockets),
    { names: RECORDED, action: "SCMP_ACT_NOTIFY" },
  ];
}

/** The calls that are only told. */
export const RECORDED: readonly string[] = ["execve", "execveat"];

function fileOverrides(arch: Architecture): readonly OverrideRule[] {
  const opens: OverrideRule[] = [
    { names: ["openat"], action: "SCMP_ACT_NOTIFY", args: [{ index: 2, op: "any-bit", value: CHANGES_FILES }] },
  ];
  if (arch === "x64") {
    opens.push({
      names: ["open"],
      action: "SCMP_ACT_NOTIFY",
      args: [{ index: 1, op: "any-bit", value: CHANGES_FILES }],
    });
  }
  return [
    ...refusals(arch),
    ...opens,
    { names: BY_PATH, action: "SCMP_ACT_NOTIFY" },
    // The guard makes files on the caller's behalf and has to know the caller's umask for that.
    { names: ["umask"], action: "SCMP_ACT_NOTIFY" },
    { names: ["openat2"], action: "SCMP_ACT_ERRNO", errnoRet: ERRNO.ENOSYS },
  ];
}

/** The profile for `process.nested: true`: the command may make namespaces, and all that follows from that. */
export function withNesting(profile: OciSeccomp): OciSeccomp {
  const names = [...NESTING, "clone", "clone3"];
  const nested = new Set(names);
  const others = profile.syscalls.flatMap((rule): OciRule[] => {
    const kept = rule.names.filter((name) => !nested.has(name));
    return kept.length === 0 ? [] : [{ ...rule, names: kept }];
  });
  return { ...profile, syscalls: [...others, { names, action: "SCMP_ACT_ALLOW" }] };
}
