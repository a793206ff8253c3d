// What cordon-init holds the same way inside every wall, in the order of its ops. Pure.
import type { Clause } from "../../../plan/types.js";
import { canaries } from "./canaries.js";
import { command, environment } from "./command.js";
import { guard } from "./guard.js";
import { landlock } from "./landlock.js";
import { limits } from "./limits.js";
import { network } from "./network.js";
import { seccomp } from "./seccomp.js";

export const confinement: readonly Clause[] = [
  canaries,
  limits,
  landlock,
  seccomp,
  guard,
  network,
  environment,
  command,
];
