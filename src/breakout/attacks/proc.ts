// The attacks of the group proc, in the order in which they are shown. A new one is a file and a line here.
import type { Attack } from "../types.js";
import { procMasked } from "./proc/masked.js";

export const PROC: readonly Attack[] = [procMasked];
