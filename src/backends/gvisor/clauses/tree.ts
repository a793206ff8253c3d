// The tree in which runsc stands: the plan's, with a whole /proc, and what runsc itself needs. Pure.
import type { HostFacts } from "../../../host/types.js";
import { isInside } from "../../../plan/paths.js";
import type { Fragment, Op, Plan } from "../../../plan/types.js";
import { opOf, ROOT } from "../../common/clauses/tree.js";
import { BUNDLE, configOf } from "./container.js";

const EXECUTABLE = 2;
const STATE_BYTES = 16 * 1024 * 1024;

export function mountTree(plan: Plan, facts: HostFacts): Fragment {
  return {
    ops: [
      ROOT,
      ...plan.mounts.map((mount) =>
        mount.kind === "proc" ? { op: "whole-proc", fields: [mount.target] } : opOf(mount, plan),
      ),
      { op: "directory", fields: [BUNDLE, 0o700] },
      ...[true, false].map((terminal) => bundle(plan, terminal)),
      { op: "tmpfs", fields: [`${BUNDLE}/state`, 0o700, STATE_BYTES, 0] },
      ...program(plan, facts),
    ],
    enforces: [
      {
        control: "devices.minimal",
        mechanism: "gVisor's own /dev, with a /dev/fuse: no device of the host is behind it",
        degraded: true,
      },
      { control: "proc.masked", mechanism: "gVisor's own /proc and /sys tell of its own kernel" },
    ],
  };
}

function bundle(plan: Plan, terminal: boolean): Op {
  const path = `${BUNDLE}/${terminal ? "terminal" : "plain"}/config.json`;
  return { op: "file", fields: [path, 0o600, new TextEncoder().encode(configOf(plan, terminal))] };
}

/** Where it isn't among the system's programs. */
function program({ mounts }: Plan, { walls }: HostFacts): readonly Op[] {
  const path = walls?.["runsc"]?.path ?? "/usr/bin/runsc";
  if (mounts.some((mount) => mount.kind === "bind" && isInside(path, mount.source) && mount.source === mount.target))
    return [];
  return [{ op: "bind", fields: [path, path, EXECUTABLE] }];
}
