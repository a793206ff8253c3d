// Resource limits as far as rlimits and the supervisor's clock hold them. Pure.
import { formatDuration, formatSize } from "../../../core/units.js";
import type { Fragment, Op, Plan } from "../../../plan/types.js";

const RLIMIT = { data: 2, core: 4, nproc: 6, nofile: 7 } as const;

type Held = NonNullable<Fragment["enforces"]>[number];

export function limits({ limits: asked }: Plan): Fragment {
  const ops: Op[] = [rlimit(RLIMIT.core, 0)];
  const enforces: Held[] = [];
  const { memoryBytes, pids, files, timeMs } = asked;
  if (pids !== undefined) {
    // Counted in the user namespace (Linux 5.14), whose first process is counted too.
    ops.push(rlimit(RLIMIT.nproc, pids));
    enforces.push({ control: "limits.pids", mechanism: `RLIMIT_NPROC in a user namespace of its own: ${pids}` });
  }
  if (files !== undefined) {
    ops.push(rlimit(RLIMIT.nofile, files));
    enforces.push({ control: "limits.files", mechanism: `RLIMIT_NOFILE: ${files} in each process` });
  }
  if (memoryBytes !== undefined) {
    ops.push(rlimit(RLIMIT.data, memoryBytes));
    const mechanism = `RLIMIT_DATA: ${formatSize(memoryBytes)} of private memory in each process, not in all of them together`;
    enforces.push({ control: "limits.memory", mechanism });
  }
  if (timeMs !== undefined) {
    enforces.push({ control: "limits.time", mechanism: `the supervisor ends the run after ${formatDuration(timeMs)}` });
  }
  return { ops, enforces };
}

function rlimit(resource: number, value: number): Op {
  return { op: "rlimit", fields: [resource, value, value] };
}
