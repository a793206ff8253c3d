// Controls of processes, of what they talk by, of devices and of who the command is, each taken out. What cordon-init does whatever it is
// told is taken out of its source.
import { RECORDED, withNesting } from "../../../src/confinement/seccomp/guard.js";
import { adding, all, BIND, letting, NAMESPACE, ops, refiltered, without, withoutNamespace } from "./ops.js";
import type { MutationCase } from "./types.js";

const FILTER_ONLY = "the filter is one of two walls here, and the other one is the guard, which hangs on it";

const OTHER_ID = "the command has an id of its own, to which nothing of root's is open";

const FILTERED: readonly MutationCase[] = [
  {
    name: "the system call filter",
    controls: ["process.seccomp"],
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
    name: "the filter's refusal of namespaces and mounts",
    controls: ["process.no-namespaces"],
    policy: "walls",
    mutate: refiltered({ profile: withNesting }),
    breaks: ["process/no-namespaces", "namespaces/clone-user", "namespaces/clone3-user"],
    also: { "process.no-namespaces": "it is this control" },
  },
  {
    name: "the filter's refusal of keys",
    controls: ["ipc.keyring"],
    policy: "walls",
    mutate: letting("keyctl", "add_key", "request_key"),
    breaks: ["ipc/keyring-number", "ipc/add-key", "ipc/request-key"],
    also: { "ipc.keyring": "it is this control" },
  },
  {
    name: "the filter's refusal to type into a terminal",
    controls: ["terminal.no-injection"],
    policy: "walls",
    mutate: letting("ioctl"),
    breaks: ["terminal/no-injection", "terminal/high-bits"],
    also: { "terminal.no-injection": "it is this control" },
  },
  {
    name: "the terminal and the session of its own, and the filter's refusal to type into one",
    controls: ["terminal.no-injection"],
    policy: "walls",
    few: true,
    source: [{ file: "command.c", from: "if (setsid() < 0 && getsid(0) != getpid()) _exit(EXIT_CORDON);", to: "" }],
    mutate: all(without("tty"), letting("ioctl")),
    breaks: ["terminal/own-terminal", "terminal/no-injection", "terminal/high-bits"],
    also: { "terminal.no-injection": "it is this control" },
  },
  {
    name: "the notification of execve",
    controls: ["process.recorded"],
    policy: "walls",
    mutate: refiltered({ overrides: ({ names }) => names !== RECORDED }),
    breaks: ["process/recorded"],
  },
];

const SHARED: readonly MutationCase[] = [
  {
    name: "the ipc namespace",
    controls: ["ipc.private"],
    policy: "walls",
    mutate: withoutNamespace(NAMESPACE.ipc),
    breaks: ["ipc/private", "ipc/message-queue", "ipc/list"],
    heldForRoot: { "ipc/private": OTHER_ID, "ipc/message-queue": OTHER_ID },
  },
  {
    name: "the guard's refusal of sockets in the workspace",
    controls: ["ipc.socket-files"],
    policy: "walls",
    mutate: ops((op) => (op.op === "socket-tree" ? { ...op, fields: [op.fields[0] ?? "", 1] } : op)),
    breaks: ["ipc/socket-files", "ipc/socket-by-link"],
  },
  {
    name: "the clean environment",
    controls: ["process.environment-clean"],
    policy: "walls",
    mutate: adding(({ plan }, world) =>
      Object.entries(world.environment())
        .filter(([name]) => !(name in plan.command.env))
        .map(([name, value]) => ({ op: "env", fields: [`${name}=${value}`] })),
    ),
    breaks: ["process/environment-clean", "process/environment-of-others"],
  },
  {
    name: "the unprivileged id: the command is root in its namespace",
    controls: ["identity.unprivileged"],
    policy: "walls",
    mutate: ops((op) => (op.op === "identity" ? { ...op, fields: [0, 0, ...op.fields.slice(2)] } : op)),
    breaks: ["identity/unprivileged", "identity/set-user"],
    also: { "identity.unprivileged": "it is this control" },
  },
];

const BUILT_IN: readonly MutationCase[] = [
  {
    name: "the empty bounding set",
    controls: ["process.no-capabilities"],
    policy: "walls",
    source: [
      {
        file: "confine.c",
        from: "if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0 && errno == EINVAL) break;",
        to: "if (capability > 63) break;",
      },
    ],
    breaks: ["process/bounding-set"],
  },
  {
    name: "no_new_privs (the filter is set with a capability instead)",
    controls: ["process.no-new-privileges"],
    policy: "walls",
    source: [
      {
        file: "confine.c",
        from: 'if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) die("capabilities", "no_new_privs");',
        to: "",
      },
      {
        file: "inner.c",
        from: "  confine_capabilities(false);\n  confine_landlock(list);\n  int notify = confine_seccomp(list);",
        to: "  confine_landlock(list);\n  int notify = confine_seccomp(list);\n  confine_capabilities(false);",
      },
    ],
    breaks: ["process/no-new-privileges"],
  },
  {
    name: "the closing of what was open (and Landlock, which doesn't let it be opened anew)",
    controls: ["process.no-inherited-descriptors"],
    policy: "walls",
    mutate: without("landlock", "landlock-path"),
    source: [
      {
        file: "launch.c",
        from: "if (cordon_close_range(has_channel(list) ? FD_CHANNEL + 1 : FD_CHANNEL, ~0u) != 0)",
        to: "if (getpid() < 0)",
      },
      {
        file: "inner.c",
        from: "if (!close_others(3, (const int[]){outer, terminal}, 2)) _exit(EXIT_CORDON);",
        to: "(void)outer, (void)terminal;",
      },
    ],
    breaks: ["process/no-inherited-descriptors", "process/inherited-folder"],
    heldForRoot: { "process/inherited-folder": OTHER_ID },
  },
  {
    name: "the /proc of its own: the host's is there",
    controls: ["process.pid-namespace"],
    policy: "walls",
    mutate: all(
      without("landlock", "landlock-path"),
      ops((op) => (op.op === "proc" ? { op: "bind", fields: ["/proc", "/proc", BIND.write | BIND.folder] } : op)),
    ),
    breaks: ["process/other-programs"],
    also: {
      "process.pid-namespace": "it is this control",
      "proc.masked": "the host's own /proc has nothing masked",
      "network.none": "the host's own /proc tells of the host's network",
    },
  },
  {
    name: "the masks over the kernel's files in /proc",
    controls: ["proc.masked"],
    policy: "walls",
    source: [
      {
        file: "special.c",
        from: "for (size_t i = 0; !whole && i < sizeof HIDDEN / sizeof *HIDDEN; i++) proc_entry(tree, proc, target, HIDDEN[i], true);",
        to: "(void)HIDDEN;",
      },
    ],
    breaks: ["proc/masked"],
  },
  {
    name: "the small /dev: the kernel's log is there as well",
    controls: ["devices.minimal"],
    policy: "walls",
    source: [
      {
        file: "special.c",
        from: 'NODES[] = {"null", "zero", "full", "random", "urandom", "tty"}',
        to: 'NODES[] = {"null", "zero", "full", "random", "urandom", "tty", "kmsg"}',
      },
    ],
    breaks: ["devices/minimal"],
  },
];

export const PROCESS_MUTATIONS: readonly MutationCase[] = [...FILTERED, ...SHARED, ...BUILT_IN];
