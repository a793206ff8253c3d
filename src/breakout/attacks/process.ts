// The attacks of the group process, in the order in which they are shown. A new one is a file and a line here.
import type { Attack } from "../types.js";
import { processBoundingSet } from "./process/bounding-set.js";
import { processCompare } from "./process/compare.js";
import { processContinueSignal } from "./process/continue-signal.js";
import { processDiesWithSupervisor } from "./process/dies-with-supervisor.js";
import { processEnvironmentClean } from "./process/environment-clean.js";
import { processEnvironmentOfOthers } from "./process/environment-of-others.js";
import { processInheritedFolder } from "./process/inherited-folder.js";
import { processMemoryFile } from "./process/memory-file.js";
import { processNoCapabilities } from "./process/no-capabilities.js";
import { processNoHostSignals } from "./process/no-host-signals.js";
import { processNoInheritedDescriptors } from "./process/no-inherited-descriptors.js";
import { processNoNamespaces } from "./process/no-namespaces.js";
import { processNoNewPrivileges } from "./process/no-new-privileges.js";
import { processOtherPrograms } from "./process/other-programs.js";
import { processPidNamespace } from "./process/pid-namespace.js";
import { processQueuedSignal } from "./process/queued-signal.js";
import { processReadMemory } from "./process/read-memory.js";
import { processRecorded } from "./process/recorded.js";
import { processSeccomp } from "./process/seccomp.js";
import { processSignalByHandle } from "./process/signal-by-handle.js";
import { processTakeDescriptor } from "./process/take-descriptor.js";
import { processTrace } from "./process/trace.js";

export const PROCESS: readonly Attack[] = [
  processNoNewPrivileges,
  processNoCapabilities,
  processBoundingSet,
  processPidNamespace,
  processOtherPrograms,
  processReadMemory,
  processMemoryFile,
  processTrace,
  processTakeDescriptor,
  processCompare,
  processNoHostSignals,
  processSignalByHandle,
  processQueuedSignal,
  processContinueSignal,
  processNoInheritedDescriptors,
  processInheritedFolder,
  processEnvironmentClean,
  processEnvironmentOfOthers,
  processDiesWithSupervisor,
  processNoNamespaces,
  processSeccomp,
  processRecorded,
];
