// The limits of a run. Which of them this host can hold, and how, is the backend's matter.
import type { Settings } from "../../policy/types.js";
import type { Plan } from "../types.js";

export function resolveLimits({ limits }: Settings): Plan["limits"] {
  return {
    ...(limits.memoryBytes === undefined ? {} : { memoryBytes: limits.memoryBytes }),
    ...(limits.pids === undefined ? {} : { pids: limits.pids }),
    ...(limits.files === undefined ? {} : { files: limits.files }),
    ...(limits.timeMs === undefined ? {} : { timeMs: limits.timeMs }),
    ...(limits.cpu === undefined ? {} : { cpu: limits.cpu }),
    ...(limits.diskBytes === undefined ? {} : { diskBytes: limits.diskBytes }),
  };
}
