// The attacks of the group escapes, in the order in which they are shown. A new one is a file and a line here.
import type { Attack } from "../types.js";
import { escapesBinfmt } from "./escapes/binfmt.js";
import { escapesCgroupMount } from "./escapes/cgroup-mount.js";
import { escapesCorePattern } from "./escapes/core-pattern.js";
import { escapesKernelSettings } from "./escapes/kernel-settings.js";
import { escapesModprobePath } from "./escapes/modprobe-path.js";
import { escapesReleaseAgent } from "./escapes/release-agent.js";
import { escapesSysrq } from "./escapes/sysrq.js";
import { escapesUeventHelper } from "./escapes/uevent-helper.js";

export const ESCAPES: readonly Attack[] = [
  escapesCgroupMount,
  escapesCorePattern,
  escapesModprobePath,
  escapesSysrq,
  escapesBinfmt,
  escapesKernelSettings,
  escapesUeventHelper,
  escapesReleaseAgent,
];
