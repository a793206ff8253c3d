// The attacks of the group limits, in the order in which they are shown. A new one is a file and a line here.
import type { Attack } from "../types.js";
import { limitsCpu } from "./limits/cpu.js";
import { limitsDisk } from "./limits/disk.js";
import { limitsFiles } from "./limits/files.js";
import { limitsMemory } from "./limits/memory.js";
import { limitsPids } from "./limits/pids.js";
import { limitsTime } from "./limits/time.js";

export const LIMITS: readonly Attack[] = [limitsPids, limitsFiles, limitsMemory, limitsTime, limitsCpu, limitsDisk];
