// What the kernel counts when it holds a group's limit: processes it ended for memory, processes it refused, times it made them wait.
import type { RunGroup } from "../../host/groups.js";
import { fieldOf, textOf } from "../usage/group.js";

export interface Counters {
  readonly killed: number;
  readonly refused: number;
  readonly throttled: number;
  /** The most memory that there ever was. */
  readonly memoryPeakBytes?: number;
}

export function readCounters({ unified, legacy }: RunGroup): Counters {
  const {
    memory = "",
    pids = "",
    cpu = "",
  } = unified === undefined ? legacy : { memory: unified, pids: unified, cpu: unified };
  const events = textOf(memory, unified === undefined ? "memory.oom_control" : "memory.events");
  const peak = Number(
    textOf(memory, unified === undefined ? "memory.max_usage_in_bytes" : "memory.peak") ?? Number.NaN,
  );
  return {
    killed: fieldOf(events, "oom_kill") ?? 0,
    refused: fieldOf(textOf(pids, "pids.events"), "max") ?? 0,
    throttled: fieldOf(textOf(cpu, "cpu.stat"), "nr_throttled") ?? 0,
    ...(Number.isFinite(peak) ? { memoryPeakBytes: peak } : {}),
  };
}

/** How much the group holds right now, idle file pages included. */
export function memoryNow({ unified, legacy }: RunGroup): number {
  const text =
    unified === undefined ? textOf(legacy["memory"] ?? "", "memory.usage_in_bytes") : textOf(unified, "memory.current");
  return Number(text ?? 0);
}
