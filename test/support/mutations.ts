// What is taken out of a launch, one control at a time, and which attacks break then: the proof that each attack can fail. `breaks` must
// all break; `also` may, for the reason given; everything else must hold on.
import type { Launch, Mutation } from "../../src/breakout/targets/sandbox.js";
import type { Op } from "../../src/plan/types.js";

export interface MutationCase {
  readonly name: string;
  /** Which of POLICIES. */
  readonly policy: keyof typeof POLICIES;
  readonly mutate: Mutation;
  /** Ids or groups. */
  readonly breaks: readonly string[];
  /** By id, group or control: why they break as well. */
  readonly also?: Readonly<Record<string, string>>;
}

export const POLICIES = {
  walls:
    'version: 1\nname: walls\nfilesystem: { deny: ["**/.env"] }\nlimits: { memory: 512M, pids: 512, files: 1024 }\n',
  named:
    "version: 1\nname: named\nnetwork:\n  mode: allowlist\n  allow: [{ host: inspected.example.com, inspect: true }]\n  limits: { requests: 600/m }\n",
  reading: "version: 1\nname: reading\nworkspace: { mode: read }\n",
} as const;

const NEW_NETWORK = 0x40000000;
const NEW_IPC = 0x08000000;
const WRITE = 1;
const FOLDER = 1 | 2 | 4;

function ops(change: (op: Op, launch: Launch) => Op | undefined): Mutation {
  return (launch) => {
    const changed = launch.artifact.main.ops.map((op) => change(op, launch)).filter((op) => op !== undefined);
    return { ...launch, artifact: { ...launch.artifact, main: { ...launch.artifact.main, ops: changed } } };
  };
}

const without = (...names: readonly string[]) => ops((op) => (names.includes(op.op) ? undefined : op));

function withoutNamespace(flag: number, ...dropped: readonly string[]): Mutation {
  return ops((op) => {
    if (dropped.includes(op.op)) return undefined;
    return op.op === "namespaces" ? { ...op, fields: [Number(op.fields[0]) & ~flag] } : op;
  });
}

/** The watch covers what it finds while the command runs, so it would win some races. */
function withoutWatch(mutation: Mutation): Mutation {
  return (launch) => {
    const { plan, artifact } = mutation(launch);
    return { plan, artifact: { ...artifact, services: artifact.services.filter(({ kind }) => kind !== "name-watch") } };
  };
}

function insteadOf(name: string, target: string, op: Op): Mutation {
  return ops((each) => (each.op === name && each.fields[0] === target ? op : each));
}

/** A setting that the run's own services read. */
function network(change: (network: Launch["plan"]["network"]) => Launch["plan"]["network"]): Mutation {
  return ({ plan, artifact }) => ({ plan: { ...plan, network: change(plan.network) }, artifact });
}

const FILTER_ONLY = "the filter is one of two walls here, and the other one is the guard, which hangs on it";

export const MUTATIONS: readonly MutationCase[] = [
  {
    name: "the system call filter",
    policy: "walls",
    mutate: without("seccomp", "guard-root", "guard-name", "socket-tree"),
    breaks: [
      "process/seccomp",
      "process/no-namespaces",
      "namespaces/clone-user",
      "namespaces/clone3-user",
      "syscalls/io-uring",
      "syscalls/io-uring-socket",
      "syscalls/perf",
      "syscalls/userfaultfd",
      "syscalls/compat-call",
      "sockets/netfilter",
      "ipc/keyring-number",
      "ipc/add-key",
      "ipc/request-key",
      "terminal/no-injection",
      "terminal/high-bits",
      "ipc/socket-files",
      "process/recorded",
    ],
    also: {
      "process.seccomp": "it is this control",
      "process.no-namespaces": FILTER_ONLY,
      "terminal.no-injection": "the filter refuses these requests",
      "ipc.socket-files": "the guard gets its calls from the filter",
      "ipc.keyring": "the filter refuses these calls",
    },
  },
  {
    name: "the guard's names, and the mounts over those that exist",
    policy: "walls",
    mutate: ops((op, { plan }) => {
      const covered = op.op === "bind" && String(op.fields[1]).startsWith(`${plan.workspace.target}/`);
      return op.op === "guard-name" || covered ? undefined : op;
    }),
    breaks: [
      "workspace/protected-names",
      "workspace/direnv",
      "workspace/deep-hook",
      "workspace/git-config",
      "files/deny-made-anew",
    ],
    also: { "workspace.protected-names": "these names", "files.deny": "denied names are among them" },
  },
  {
    name: "the guard's refusal of sockets in the workspace",
    policy: "walls",
    mutate: ops((op) => (op.op === "socket-tree" ? { ...op, fields: [op.fields[0] ?? "", 1] } : op)),
    breaks: ["ipc/socket-files", "ipc/socket-by-link"],
  },
  {
    name: "the masks over denied files",
    policy: "walls",
    mutate: withoutWatch(
      ops((op) => (op.op === "mask" || (op.op === "guard-name" && op.fields[0] === 2) ? undefined : op)),
    ),
    breaks: ["files/deny", "files/deny-by-another-name", "files/deny-through-descriptors", "files/deny-made-anew"],
  },
  {
    name: "the network namespace",
    policy: "walls",
    mutate: withoutNamespace(NEW_NETWORK, "loopback", "landlock", "landlock-path"),
    breaks: [
      "network/none",
      "network/loopback-ipv6",
      "network/datagram",
      "network/mapped-address",
      "network/interfaces",
      "ipc/abstract-sockets",
    ],
    also: { "network.none": "it is this control" },
  },
  {
    name: "the ipc namespace",
    policy: "walls",
    mutate: withoutNamespace(NEW_IPC),
    breaks: ["ipc/private", "ipc/message-queue", "ipc/list"],
  },
  {
    name: "the private home",
    policy: "walls",
    mutate: ops((op, { plan }) => {
      const { home } = plan.identity;
      // Its rules are for folders that the private home has.
      if (op.op === "landlock" || op.op === "landlock-path") return undefined;
      if (op.op === "tmpfs" && op.fields[0] === home) return { op: "bind", fields: [home, home, FOLDER] };
      return op.op === "directory" && String(op.fields[0]).startsWith(`${home}/`) ? undefined : op;
    }),
    breaks: ["files/home-hidden", "files/home-by-own-name", "files/home-through-proc", "persistence"],
    also: { "files.home-hidden": "it is this control" },
  },
  {
    name: "the private folder for temporary files",
    policy: "walls",
    mutate: insteadOf("tmpfs", "/tmp", { op: "bind", fields: ["/tmp", "/tmp", FOLDER] }),
    breaks: [
      "files/tmp-private",
      "files/tmp-planted",
      "files/named-only",
      "files/parent-folders",
      "files/symbolic-link",
    ],
    also: {
      "files.named-only": "the stage lies in the folder for temporary files",
      "files.home-hidden": "the stage lies in the folder for temporary files",
      "ipc.socket-files": "the stage's sockets lie in the folder for temporary files, where the sandbox's own may be",
    },
  },
  {
    name: "the second layer (Landlock)",
    policy: "walls",
    mutate: without("landlock", "landlock-path"),
    breaks: [],
  },
  {
    name: "the limits of each process",
    policy: "walls",
    mutate: without("rlimit"),
    breaks: ["limits/files"],
    also: { "limits.pids": "where no control group holds it", "limits.memory": "where no control group holds it" },
  },
  {
    name: "the read-only workspace",
    policy: "reading",
    mutate: ops((op, { plan }) => {
      if (op.op === "landlock" || op.op === "landlock-path") return undefined;
      if (op.op !== "bind" || op.fields[1] !== plan.workspace.target) return op;
      return { ...op, fields: [...op.fields.slice(0, 2), Number(op.fields[2]) | WRITE] };
    }),
    breaks: ["workspace/read-only"],
    also: { "workspace.read-only": "it is this control" },
  },
  {
    name: "the judgement of requests",
    policy: "named",
    mutate: network((each) => ({
      ...each,
      rules: each.rules.map(({ methods: _methods, paths: _paths, ...rule }) => rule),
    })),
    breaks: ["network/requests"],
  },
  {
    name: "the filter of what leaves",
    policy: "named",
    mutate: network((each) => ({ ...each, rules: each.rules.map((rule) => ({ ...rule, filter: "off" as const })) })),
    breaks: ["network/filter"],
  },
  {
    name: "the limit of requests",
    policy: "named",
    mutate: network((each) => ({ ...each, limits: {} })),
    breaks: ["network/limits"],
  },
];
