// The plan's tree where another program shows each source of the host under a number, in a root that holds nothing else: out of these
// cordon-init builds the same tree as everywhere. Pure.
import type { Mount, Op, Plan } from "../../plan/types.js";
import { opOf, ROOT } from "./clauses/tree.js";

/** Before the tree is built: nothing of it is left in the tree. */
export const STAGE = "/.cordon";

export type Bind = Extract<Mount, { kind: "bind" }>;

export interface Staging {
  /** How the program is told to show a source there. */
  readonly show: (bind: Bind, stage: string) => readonly Op[];
  /** Where cordon-init may not mount a /proc of its own. */
  readonly proc?: (target: string) => readonly Op[];
}

export function stagedTree(plan: Plan, { show, proc }: Staging): readonly Op[] {
  return [
    ...plan.mounts.flatMap((mount, at) => (mount.kind === "bind" ? show(mount, stageOf(mount, at)) : [])),
    ROOT,
    ...plan.mounts.flatMap((mount, at) => {
      if (mount.kind === "proc" && proc !== undefined) return proc(mount.target);
      return mount.kind === "bind" ? [placed(mount, at, plan)] : [opOf(mount, plan)];
    }),
  ];
}

/** Mount points may stay behind in a folder of the host: files and folders never share a name. */
function stageOf({ type }: Bind, at: number): string {
  return `${STAGE}/${type === "directory" ? "folder" : "file"}-${at}`;
}

function placed(mount: Bind, at: number, plan: Plan): Op {
  const { op, fields } = opOf(mount, plan);
  return { op, fields: [stageOf(mount, at), ...fields.slice(1)] };
}

/** Whether the wall shows the command's own paths only to cordon-init. */
export function isStaged(ops: readonly Op[]): boolean {
  return ops.some(({ op, fields: [source] }) => op === "bind" && `${source}`.startsWith(`${STAGE}/`));
}
