// For tests only: a host made up of a list of paths. Nothing of the real host shows.
import type { HostFacts, HostView } from "../../host/types.js";
import { joinPath, lineage, nameOf, parentOf, pathFrom } from "../paths.js";

type Node =
  | { readonly kind: "directory" | "socket" | "other"; readonly uid: number }
  | { readonly kind: "file"; readonly uid: number; readonly text: string }
  | { readonly kind: "symlink"; readonly uid: number; readonly value: string };

/** `/a/b`: a file; `/a/`: a folder; `/a -> b`: a link; `/a = text`: a file's text (`|` for a line's end); `/a socket`: a socket. */
export interface FakeHost {
  readonly paths: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly user?: Partial<HostFacts["user"]>;
  /** Owner by path prefix; the user when there is none. */
  readonly owners?: Readonly<Record<string, number>>;
  readonly init?: string;
  readonly nfTables?: boolean;
}

const SYSTEM = [
  "/usr/bin/",
  "/usr/bin/sh",
  "/usr/bin/env",
  "/usr/bin/git",
  "/usr/bin/node",
  "/usr/bin/bash",
  "/usr/lib/os-release",
  "/usr/local/bin/",
  "/usr/share/git-core/templates/hooks/pre-commit.sample",
  "/usr/share/zoneinfo/Etc/UTC",
  "/bin -> usr/bin",
  "/lib -> usr/lib",
  "/usr/sbin/",
  "/sbin -> usr/sbin",
  "/etc/ssl/certs/ca.pem",
  "/etc/ssl/certs/ca-certificates.crt",
  "/proc/net/if_inet6",
  "/etc/ssl/private/key.pem",
  "/etc/passwd",
  "/etc/shadow",
  "/etc/npmrc",
  "/etc/hosts",
  "/etc/os-release -> ../usr/lib/os-release",
  "/etc/localtime -> /usr/share/zoneinfo/Etc/UTC",
  "/etc/ld.so.cache",
  "/etc/services",
  "/etc/java-17-openjdk/security/",
  "/tmp/",
  "/run/user/1000/",
  "/var/tmp/",
  "/proc/",
  "/dev/",
  "/sys/devices/system/cpu/online",
] as const;

export const HOME_PATHS = [
  "/home/ada/.ssh/id_ed25519",
  "/home/ada/.aws/credentials",
  "/home/ada/.gitconfig = [user]|name = Ada",
  "/home/ada/notes.txt",
  "/home/ada/project/README.md",
  "/home/ada/project/src/index.js",
  "/home/ada/project/.git/HEAD",
  "/home/ada/project/.git/config = [core]|bare = false",
  "/home/ada/project/.git/hooks/pre-commit",
  "/home/ada/project/.git/objects/",
  "/home/ada/project/.git/refs/",
] as const;

export function fakeView(host: FakeHost): HostView {
  const user = { uid: 1000, gid: 1000, name: "ada", home: "/home/ada", ...host.user };
  const nodes = nodesOf([...SYSTEM, ...host.paths], host.owners ?? {}, user.uid);
  const env: Readonly<Record<string, string>> = {
    PATH: "/usr/local/bin:/usr/bin:/bin",
    SHELL: "/bin/bash",
    TERM: "xterm",
    ...host.env,
  };
  const real = (path: string): string | undefined => follow(nodes, path, 40);
  const list = (path: string) =>
    [...nodes.keys()].filter((each) => each !== "/" && parentOf(each) === (real(path) ?? "")).map(nameOf);
  const view: HostView = {
    facts: factsOf(user, host),
    kind: (path) => nodes.get(joinPath(real(parentOf(path)) ?? "/absent", path === "/" ? "" : nameOf(path)))?.kind,
    real,
    readLink: (path) => {
      const node = nodes.get(joinPath(real(parentOf(path)) ?? "/absent", nameOf(path)));
      return node?.kind === "symlink" ? node.value : undefined;
    },
    list,
    text: (path) => {
      const node = nodes.get(path);
      return node?.kind === "file" ? node.text : undefined;
    },
    owner: (path) => {
      const uid = nodes.get(real(path) ?? "")?.uid;
      return uid === undefined ? undefined : { uid, gid: uid };
    },
    which: (name) =>
      env["PATH"]
        ?.split(":")
        .map((folder) => `${folder}/${name}`)
        .find((path) => nodes.get(real(path) ?? "")?.kind === "file"),
    env: (name) => env[name],
    envNames: () => Object.keys(env),
    walk: (root, match) =>
      [...nodes]
        .filter(
          ([path, node]) => (path === root || path.startsWith(`${root}/`)) && match(path, node.kind === "directory"),
        )
        .map(([path]) => path),
  };
  return view;
}

function nodesOf(
  lines: readonly string[],
  owners: Readonly<Record<string, number>>,
  uid: number,
): ReadonlyMap<string, Node> {
  const nodes = new Map<string, Node>();
  const ownerOf = (path: string) =>
    Object.entries(owners).find(([prefix]) => path.startsWith(prefix))?.[1] ?? (path.startsWith("/home") ? uid : 0);
  for (const line of lines) {
    const [, path = "", mark, rest = ""] = /^(\S+?)\/?(?: (->|=|socket) ?(.*))?$/.exec(line) ?? [];
    for (const folder of lineage(path).slice(0, -1))
      if (!nodes.has(folder)) nodes.set(folder, { kind: "directory", uid: ownerOf(folder) });
    const owner = { uid: ownerOf(path) };
    if (mark === "->") nodes.set(path, { kind: "symlink", value: rest, ...owner });
    else if (mark === "socket") nodes.set(path, { kind: "socket", ...owner });
    else if (line.endsWith("/")) nodes.set(path, { kind: "directory", ...owner });
    else nodes.set(path, { kind: "file", text: rest.replaceAll("|", "\n"), ...owner });
  }
  return nodes;
}

function follow(nodes: ReadonlyMap<string, Node>, path: string, budget: number): string | undefined {
  for (const step of lineage(path)) {
    const node = nodes.get(step);
    if (node === undefined) return undefined;
    if (node.kind === "symlink")
      return budget === 0
        ? undefined
        : follow(nodes, pathFrom(pathFrom(parentOf(step), node.value), `.${path.slice(step.length)}`), budget - 1);
  }
  return path;
}

function factsOf(user: HostFacts["user"], { init, nfTables = true }: Partial<FakeHost>): HostFacts {
  return {
    kernel: { release: "6.1.0", architecture: "x64" },
    user,
    namespaces: { usable: true, proc: true, time: true },
    landlock: { abi: 6 },
    seccomp: { filter: true, userNotify: true, addfdSend: true, waitKillable: true },
    mounts: { setattr: true, idmapped: true, overlay: true },
    netfilter: { nfTables },
    cgroup: { layout: "v2", controllers: [], delegated: false },
    lsm: [],
    container: undefined,
    tools: {},
    init: { path: init ?? "/usr/lib/node_modules/cordon/cordon-init", digest: "sha256:0" },
  };
}
