// The limits that this version enforces; the others are refused in refuse.ts.
import type { Settings } from "../../policy/types.js";
import type { Plan } from "../types.js";

export function resolveLimits({ limits }: Settings): Plan["limits"] {
  return {
    ...(limits.memoryBytes === undefined ? {} : { memoryBytes: limits.memoryBytes }),
    ...(limits.pids === undefined ? {} : { pids: limits.pids }),
    ...(limits.files === undefined ? {} : { files: limits.files }),
    ...(limits.timeMs === undefined ? {} : { timeMs: limits.timeMs }),
  };
}
