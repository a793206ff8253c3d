// bubblewrap's command line for the tree of a plan, as near as its options come to it. For comparison only.
import { mkdtempSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Mount, Plan } from "../src/plan/types.js";

export const FILTER_FD = 3;

const DECOY_BYTES = 500;

const MODE = (mode: number) => mode.toString(8).padStart(4, "0");

/** `files` is a folder for what the plan makes as files. */
export function bubblewrapArgv(plan: Plan, files: string): readonly string[] {
  const { identity, command } = plan;
  const sealed = plan.mounts.flatMap((mount) =>
    mount.kind === "tmpfs" && mount.readOnly ? ["--remount-ro", mount.target] : [],
  );
  return [
    ...["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"],
    ...["--uid", String(identity.uid), "--gid", String(identity.gid), "--hostname", identity.hostname],
    ...Object.entries(command.env).flatMap(([name, value]) => ["--setenv", name, value]),
    ...plan.mounts.flatMap((mount) => mountOptions(mount, files)),
    ...sealed,
    ...["--chdir", command.cwd, "--seccomp", String(FILTER_FD), "--", ...command.argv],
  ];
}

function mountOptions(mount: Mount, files: string): readonly string[] {
  switch (mount.kind) {
    case "tmpfs":
      // Its root is a tmpfs already.
      return mount.target === "/"
        ? []
        : ["--perms", MODE(mount.mode), "--size", String(mount.sizeBytes), "--tmpfs", mount.target];
    case "bind":
      return [mount.access === "write" ? "--bind" : "--ro-bind", mount.source, mount.target];
    case "directory":
      return ["--perms", MODE(mount.mode), "--dir", mount.target];
    case "symlink":
      return ["--symlink", mount.value, mount.target];
    case "proc":
      return ["--proc", mount.target];
    case "dev":
      return ["--dev", mount.target];
    case "file":
      return madeFile(mount, mount.content, files);
    case "run-file":
      // A decoy: what is in it plays no part, only that it is there.
      return madeFile(mount, "x".repeat(DECOY_BYTES), files);
    case "mask":
      return isDirectory(mount.target) ? ["--tmpfs", mount.target] : ["--ro-bind", "/dev/null", mount.target];
  }
}

function madeFile(
  mount: Pick<Mount & { kind: "file" }, "target" | "mode">,
  content: string,
  files: string,
): readonly string[] {
  const file = join(mkdtempSync(join(files, "file-")), "content");
  writeFileSync(file, content, { mode: mount.mode });
  return ["--ro-bind", file, mount.target];
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
