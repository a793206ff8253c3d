// Limits of a run in gVisor: what a process may have is for gVisor's kernel, what the whole run may have for those outside. Pure.
import type { HostFacts } from "../../../host/types.js";
import type { Fragment, Op, Plan } from "../../../plan/types.js";
import { limits } from "../../common/clauses/limits.js";

const RLIMIT = { core: 4, nproc: 6 } as const;
/** Threads of runsc's own, and those that it keeps for each process of the command's. */
const NPROC_OF_RUNSC = 200;
const NPROC_OF_EACH = 24;

export function limitsAround(plan: Plan, facts: HostFacts): Fragment {
  const { ops = [], enforces = [], services = [] } = limits(plan, facts);
  const held = services.some((each) => each.kind === "limits" && each.held.memoryBytes !== undefined);
  const kept = enforces.filter(({ control }) => control !== "limits.memory" || held);
  const reason = "without a control group nobody counts the memory that gVisor's kernel shares out";
  return {
    ops: ops.flatMap(around),
    services,
    enforces: kept.map((each) => ({ ...each, ...INSIDE[each.control] })),
    ...(held || plan.limits.memoryBytes === undefined ? {} : { cannot: [{ control: "limits.memory", reason }] }),
  };
}

/** Those of a single process would be runsc's own, which needs more. */
function around({ op, fields: [resource, soft, hard] }: Op): readonly Op[] {
  if (resource === RLIMIT.core) return [{ op, fields: [RLIMIT.core, 0, 0] }];
  if (resource !== RLIMIT.nproc || typeof soft !== "number" || typeof hard !== "number") return [];
  return [{ op, fields: [RLIMIT.nproc, ...[soft, hard].map((count) => count * NPROC_OF_EACH + NPROC_OF_RUNSC)] }];
}

const INSIDE: Readonly<Record<string, { readonly mechanism: string; readonly degraded?: true }>> = {
  "limits.pids": {
    mechanism: `RLIMIT_NPROC of runsc: it has some ${NPROC_OF_EACH} threads for each process, and what goes beyond ends the run`,
    degraded: true,
  },
  "limits.files": { mechanism: "RLIMIT_NOFILE of gVisor's kernel in each process" },
};

/** For each process inside. */
export function innerLimits({ limits: { files } }: Plan): readonly unknown[] {
  return files === undefined ? [] : [{ type: "RLIMIT_NOFILE", soft: files, hard: files }];
}
