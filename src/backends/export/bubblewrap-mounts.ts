// A plan's mounts as bubblewrap's arguments, in the plan's order. Pure. What a file shall hold is data for a descriptor, whose number only
// the caller knows.
import { unreachable } from "../../core/error.js";
import type { Mount } from "../../plan/types.js";

/** A word, or content that bubblewrap shall read from a descriptor whose number stands in its place. */
export type BubblewrapWord = string | { readonly content: string };

/** Arguments for one mount; nothing for a mask over what isn't there. Needs bubblewrap 0.7 (`--perms`, `--size`). */
export function mountWords(mount: Mount): readonly BubblewrapWord[] {
  switch (mount.kind) {
    case "tmpfs":
      return [...perms(mount.mode), "--size", String(mount.sizeBytes), "--tmpfs", mount.target, ...sealed(mount)];
    case "bind":
      return [bindFlag(mount), mount.source, mount.target];
    case "directory":
      return [...perms(mount.mode), "--dir", mount.target];
    case "file":
      return [...perms(mount.mode), "--ro-bind-data", { content: mount.content }, mount.target];
    case "run-file":
      return [];
    case "symlink":
      return ["--symlink", mount.value, mount.target];
    case "mask":
      return maskWords(mount);
    case "proc":
    case "dev":
      return [`--${mount.kind}`, mount.target];
    default:
      return unreachable(mount);
  }
}

function perms(mode: number): readonly string[] {
  return ["--perms", mode.toString(8).padStart(4, "0")];
}

function sealed({ target, readOnly }: Extract<Mount, { kind: "tmpfs" }>): readonly string[] {
  return readOnly ? ["--remount-ro", target] : [];
}

function bindFlag({ access, type }: Extract<Mount, { kind: "bind" }>): string {
  if (type === "device") return "--dev-bind";
  return access === "write" ? "--bind" : "--ro-bind";
}

function maskWords({ target, type }: Extract<Mount, { kind: "mask" }>): readonly BubblewrapWord[] {
  if (type === undefined) return [];
  if (type === "file") return [...perms(0), "--ro-bind-data", { content: "" }, target];
  return [...perms(0), "--size", "4096", "--tmpfs", target, "--remount-ro", target];
}
