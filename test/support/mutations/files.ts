// Controls of files and of the workspace, each taken out.
import { adding, all, BIND, letIn, ops, without, withoutService } from "./ops.js";
import type { MutationCase } from "./types.js";

/** The watch covers what it finds while the command runs, so it would win some races. */
const withoutWatch = withoutService("name-watch");
/** Its rules are for folders that the tree has as planned. */
const withoutLandlock = without("landlock", "landlock-path");

export const FILE_MUTATIONS: readonly MutationCase[] = [
  {
    name: "the private home",
    controls: ["files.home-hidden"],
    policy: "walls",
    mutate: all(
      withoutLandlock,
      ops((op, launch) => {
        const { home } = launch.plan.identity;
        if (op.op === "tmpfs" && op.fields[0] === home) return letIn(home, launch);
        // What was put into it, decoys as well.
        const placed = op.op === "directory" || op.op === "file" || op.op === "canary";
        return placed && String(op.fields[0]).startsWith(`${home}/`) ? undefined : op;
      }),
    ),
    breaks: ["files/home-hidden", "files/home-by-own-name", "files/home-through-proc", "persistence"],
    also: {
      "files.home-hidden": "it is this control",
      "files.canaries": "the decoys lie in the private home",
    },
  },
  {
    name: "the read-only mounts over the system's folders: /usr/local can be written",
    controls: ["files.system-read-only"],
    policy: "walls",
    mutate: all(
      withoutLandlock,
      adding(() => [
        { op: "tmpfs", fields: ["/usr/local", 0o755, 1 << 20, 1] },
        { op: "directory", fields: ["/usr/local/bin", 0o755] },
      ]),
    ),
    breaks: ["files/system-read-only"],
  },
  {
    name: "the rule that only named folders are there: another one is let in",
    controls: ["files.named-only"],
    policy: "walls",
    mutate: all(
      withoutLandlock,
      adding((launch, { root }) => [letIn(`${root}/neighbour`, launch)]),
    ),
    breaks: ["files/named-only", "files/proc-root", "files/parent-folders"],
    also: { "files.named-only": "it is this control" },
  },
  {
    name: "the masks over denied files",
    controls: ["files.deny"],
    policy: "walls",
    mutate: all(
      withoutWatch,
      ops((op) => (op.op === "mask" || (op.op === "guard-name" && op.fields[0] === 2) ? undefined : op)),
    ),
    breaks: ["files/deny", "files/deny-by-another-name", "files/deny-through-descriptors", "files/deny-made-anew"],
  },
  {
    name: "the watch over the decoys",
    controls: ["files.canaries"],
    policy: "walls",
    mutate: without("canary"),
    breaks: ["files/canaries"],
  },
  {
    name: "the private folder for temporary files",
    controls: ["files.tmp-private"],
    policy: "walls",
    mutate: ops((op, launch) => (op.op === "tmpfs" && op.fields[0] === "/tmp" ? letIn("/tmp", launch) : op)),
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
    name: "the guard's names, and the mounts over those that exist",
    controls: ["workspace.protected-names"],
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
    name: "the read-only workspace",
    controls: ["workspace.read-only"],
    policy: "reading",
    mutate: all(
      withoutLandlock,
      ops((op, { plan }) => {
        if (op.op !== "bind" || op.fields[1] !== plan.workspace.target) return op;
        return { ...op, fields: [...op.fields.slice(0, 2), Number(op.fields[2]) | BIND.write] };
      }),
    ),
    breaks: ["workspace/read-only"],
    also: { "workspace.read-only": "it is this control" },
  },
  {
    name: "the second layer (Landlock)",
    controls: [],
    policy: "walls",
    mutate: withoutLandlock,
    breaks: [],
  },
];
