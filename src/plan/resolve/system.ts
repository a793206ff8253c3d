// The part of the host that every command needs: programs and libraries read-only, a curated /etc, private /tmp, /var/tmp and
// /run, own /proc and /dev. Never all of /etc: it holds keys and tokens.
import type { HostView } from "../../host/types.js";
import { isInside, joinPath, lineage, parentOf } from "../paths.js";
import type { Mount, Plan } from "../types.js";
import { GIT_SETTINGS } from "./git-identity.js";
import type { Planning } from "./planning.js";

type Bind = Extract<Mount, { readonly kind: "bind" }>;

const MERGED = ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"] as const;
const STORES = ["/nix/store", "/gnu/store"] as const;
const PROCESSORS = ["/sys/devices/system/cpu", "/sys/devices/system/node"] as const;
const RUNTIME_BYTES = 64 * 1024 * 1024;

/**
 * Entries of /etc without which programs don't work, and that hold nothing private; a `*` at the end for any ending. Each is a
 * mount, which costs time at every launch: nothing is listed for completeness.
 */
const ETC = [
  "ImageMagick*",
  "R",
  "alpine-release",
  "alternatives",
  "arch-release",
  "bash.bashrc",
  "bashrc",
  "ca-certificates",
  "crypto-policies",
  "debian_version",
  "dotnet",
  "fedora-release",
  "fonts",
  "ghc",
  "gitconfig",
  "gnutls",
  "inputrc",
  "java*",
  "ld-musl-*",
  "ld.so.cache",
  "ld.so.conf",
  "ld.so.conf.d",
  "locale.conf",
  "localtime",
  "lsb-release",
  "maven",
  "mime.types",
  "os-release",
  "perl",
  "php*",
  "pki/ca-trust",
  "pki/tls/cert.pem",
  "pki/tls/certs",
  "pki/tls/openssl.cnf",
  "profile",
  "profile.d",
  "protocols",
  "redhat-release",
  "services",
  "ssl/cert.pem",
  "ssl/certs",
  "ssl/openssl.cnf",
  "system-release",
  "terminfo",
  "texmf",
  "timezone",
  "zsh",
] as const;

function bindOf(view: HostView, source: string, target: string): Bind | undefined {
  const kind = view.kind(source);
  if (kind !== "file" && kind !== "directory") return undefined;
  return { kind: "bind", source, target, access: "read", exec: true, type: kind, origin: "system" };
}

/** Programs and libraries of the host. */
export function programMounts(view: HostView): readonly Mount[] {
  const mounts: Mount[] = [];
  for (const path of ["/usr", ...MERGED, ...STORES]) {
    const kind = view.kind(path);
    const value = kind === "symlink" && path !== "/usr" ? view.readLink(path) : undefined;
    if (value !== undefined) mounts.push({ kind: "symlink", target: path, value });
    else mounts.push(...[bindOf(view, view.real(path) ?? path, path) ?? []].flat());
  }
  return mounts;
}

/** The curated entries of the host's /etc. A link stays a link when what it leads to can be seen. */
export function etcMounts(view: HostView, without: readonly string[] = []): readonly Mount[] {
  const names = view.list("/etc").toSorted();
  const paths = ETC.flatMap((entry) => etcPaths(names, entry)).filter((path) => !without.includes(path));
  const entries = paths.map((path) => ({
    path,
    kind: view.kind(path),
    real: view.real(path),
  }));
  const shown = [
    "/usr",
    ...STORES,
    ...entries.flatMap(({ path, kind }) => (kind === undefined || kind === "symlink" ? [] : [path])),
  ];
  return entries.flatMap(({ path, kind, real }): readonly Mount[] => {
    if (real === undefined) return [];
    const value = kind === "symlink" ? view.readLink(path) : undefined;
    if (value !== undefined && shown.some((tree) => isInside(real, tree)))
      return [{ kind: "symlink", target: path, value }];
    return [bindOf(view, real, path) ?? []].flat();
  });
}

function etcPaths(names: readonly string[], entry: string): readonly string[] {
  const first = entry.split("/")[0] ?? entry;
  if (!entry.endsWith("*")) return names.includes(first) ? [`/etc/${entry}`] : [];
  return names.filter((name) => name.startsWith(entry.slice(0, -1))).map((name) => joinPath("/etc", name));
}

/** Files that the policy writes, in folders that nothing of the system has. */
export function policyEtc({ settings, findings }: Planning, system: readonly Mount[]): readonly Mount[] {
  const folders = new Set<string>();
  return Object.entries(settings.filesystem.etc).flatMap(([path, content]): readonly Mount[] => {
    const target = joinPath("/etc", path);
    const [, , first = ""] = target.split("/");
    const taken = system.some((mount) => isInside(mount.target, `/etc/${first}`) || mount.target === "/etc");
    if (taken) {
      findings.problem(`filesystem.etc.${path}`, {
        code: "path-refused",
        message: `/etc/${first} is the system's own`,
        hint: "choose a folder that only this program reads",
      });
      return [];
    }
    const above = lineage(parentOf(target)).filter((folder) => folder.split("/").length > 2 && !folders.has(folder));
    for (const folder of above) folders.add(folder);
    return [
      ...above.map((folder): Mount => ({ kind: "directory", target: folder, mode: 0o755 })),
      { kind: "file", target, mode: 0o644, content },
    ];
  });
}

export interface PrivateSizes {
  readonly tmpBytes: number;
  readonly tmpExec: boolean;
}

/** Everything of the system that isn't the host's: /proc, /dev, /sys, /run, /tmp, /var. */
export function privateMounts(view: HostView, identity: Plan["identity"], sizes: PrivateSizes): readonly Mount[] {
  const temporary = {
    kind: "tmpfs",
    mode: 0o1777,
    sizeBytes: sizes.tmpBytes,
    exec: sizes.tmpExec,
    readOnly: false,
  } as const;
  return [
    { kind: "proc", target: "/proc" },
    { kind: "dev", target: "/dev" },
    { kind: "directory", target: "/sys", mode: 0o755 },
    ...PROCESSORS.flatMap((path) => (view.kind(path) === "directory" ? [{ ...processorBind(path) }] : [])),
    { kind: "directory", target: "/run", mode: 0o755 },
    {
      kind: "tmpfs",
      target: `/run/user/${identity.uid}`,
      mode: 0o700,
      sizeBytes: RUNTIME_BYTES,
      exec: false,
      readOnly: false,
    },
    { kind: "directory", target: "/var", mode: 0o755 },
    { kind: "symlink", target: "/var/run", value: "/run" },
    { ...temporary, target: "/tmp" },
    { ...temporary, target: "/var/tmp" },
  ];
}

function processorBind(path: string): Bind {
  return { kind: "bind", source: path, target: path, access: "read", exec: false, type: "directory", origin: "system" };
}

export interface EtcTexts {
  readonly identity: Plan["identity"];
  readonly shell: string;
  readonly network: Plan["network"];
  /** Of /etc/gitconfig, where it isn't the host's own. */
  readonly git?: string | undefined;
}

/** Files of /etc that Cordon writes itself, so that nothing of the host's accounts or networks shows. */
export function generatedEtc({ identity, shell, network, git }: EtcTexts): readonly Mount[] {
  const { user, uid, gid, home, hostname } = identity;
  const nologin = "/usr/sbin/nologin";
  const nobody = uid === 65534 ? "" : `nobody:x:65534:65534:nobody:/nonexistent:${nologin}\n`;
  const nogroup = gid === 65534 ? "" : "nogroup:x:65534:\n";
  const answered = network.mode !== "none";
  const texts: Readonly<Record<string, string>> = {
    ...(git === undefined ? {} : { [GIT_SETTINGS]: git }),
    "/etc/group": `root:x:0:\n${user}:x:${gid}:\n${nogroup}`,
    "/etc/hostname": `${hostname}\n`,
    "/etc/hosts": `127.0.0.1 localhost ${hostname}\n::1 localhost ip6-localhost ip6-loopback\n`,
    "/etc/nsswitch.conf": `passwd: files\ngroup: files\nshadow: files\nhosts: ${answered ? "files dns" : "files"}\nservices: files\nprotocols: files\n`,
    "/etc/passwd": `root:x:0:0:root:/root:${nologin}\n${user}:x:${uid}:${gid}::${home}:${shell}\n${nobody}`,
    "/etc/resolv.conf": answered
      ? "# Cordon answers: names that the policy allows, and no others.\nnameserver 127.0.0.1\noptions timeout:5 attempts:2\n"
      : "# Names are answered by /etc/hosts alone.\nnameserver 127.0.0.1\noptions timeout:1 attempts:1\n",
  };
  const files = Object.entries(texts).map(
    ([target, content]): Mount => ({ kind: "file", target, mode: 0o644, content }),
  );
  return [...files, { kind: "symlink", target: "/etc/mtab", value: "../proc/self/mounts" }];
}
