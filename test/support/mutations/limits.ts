// Limits, each taken out.
import { ops, withoutLimit } from "./ops.js";
import type { MutationCase } from "./types.js";

const RLIMIT = { fsize: 1, data: 2, nproc: 6, nofile: 7 } as const;

export const LIMIT_MUTATIONS: readonly MutationCase[] = [
  {
    name: "the limit of memory",
    controls: ["limits.memory"],
    policy: "walls",
    mutate: withoutLimit("memoryBytes", RLIMIT.data),
    breaks: ["limits/memory"],
  },
  {
    name: "the limit of processes",
    controls: ["limits.pids"],
    policy: "walls",
    mutate: withoutLimit("pids", RLIMIT.nproc),
    breaks: ["limits/pids"],
  },
  {
    name: "the limit of processor time",
    controls: ["limits.cpu"],
    policy: "walls",
    mutate: withoutLimit("cpu"),
    breaks: ["limits/cpu"],
  },
  {
    name: "the limit of what is written",
    controls: ["limits.disk"],
    policy: "walls",
    mutate: withoutLimit("diskBytes", RLIMIT.fsize),
    breaks: ["limits/disk"],
  },
  {
    name: "the limit of open files",
    controls: ["limits.files"],
    policy: "walls",
    mutate: ops((op) => (op.op === "rlimit" && op.fields[0] === RLIMIT.nofile ? undefined : op)),
    breaks: ["limits/files"],
  },
  {
    name: "the limit of time",
    controls: ["limits.time"],
    policy: "walls",
    mutate: ({ plan, artifact }) => {
      const { timeMs: _timeMs, ...limits } = plan.limits;
      return { plan: { ...plan, limits }, artifact };
    },
    breaks: ["limits/time"],
  },
];
