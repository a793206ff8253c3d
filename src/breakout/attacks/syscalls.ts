// The attacks of the group syscalls, in the order in which they are shown. A new one is a file and a line here.
import type { Attack } from "../types.js";
import { syscallsAccounting } from "./syscalls/accounting.js";
import { syscallsBpf } from "./syscalls/bpf.js";
import { syscallsClock } from "./syscalls/clock.js";
import { syscallsCompatCall } from "./syscalls/compat-call.js";
import { syscallsFanotify } from "./syscalls/fanotify.js";
import { syscallsIoLevel } from "./syscalls/io-level.js";
import { syscallsIoPorts } from "./syscalls/io-ports.js";
import { syscallsIoUring } from "./syscalls/io-uring.js";
import { syscallsIoUringSocket } from "./syscalls/io-uring-socket.js";
import { syscallsKernelLog } from "./syscalls/kernel-log.js";
import { syscallsKernelModule } from "./syscalls/kernel-module.js";
import { syscallsKernelModuleFile } from "./syscalls/kernel-module-file.js";
import { syscallsKexec } from "./syscalls/kexec.js";
import { syscallsKexecFile } from "./syscalls/kexec-file.js";
import { syscallsLocalDescriptors } from "./syscalls/local-descriptors.js";
import { syscallsNameToHandle } from "./syscalls/name-to-handle.js";
import { syscallsOpenByHandle } from "./syscalls/open-by-handle.js";
import { syscallsPerf } from "./syscalls/perf.js";
import { syscallsPersonality } from "./syscalls/personality.js";
import { syscallsReboot } from "./syscalls/reboot.js";
import { syscallsSwap } from "./syscalls/swap.js";
import { syscallsUnloadModule } from "./syscalls/unload-module.js";
import { syscallsUserfaultfd } from "./syscalls/userfaultfd.js";
import { syscallsUserfaultfdKernel } from "./syscalls/userfaultfd-kernel.js";
import { syscallsX32Call } from "./syscalls/x32-call.js";

export const SYSCALLS: readonly Attack[] = [
  syscallsIoUring,
  syscallsIoUringSocket,
  syscallsBpf,
  syscallsPerf,
  syscallsUserfaultfd,
  syscallsUserfaultfdKernel,
  syscallsOpenByHandle,
  syscallsNameToHandle,
  syscallsKernelLog,
  syscallsFanotify,
  syscallsKernelModule,
  syscallsKernelModuleFile,
  syscallsUnloadModule,
  syscallsKexec,
  syscallsKexecFile,
  syscallsReboot,
  syscallsSwap,
  syscallsAccounting,
  syscallsClock,
  syscallsPersonality,
  syscallsCompatCall,
  syscallsX32Call,
  syscallsIoPorts,
  syscallsIoLevel,
  syscallsLocalDescriptors,
];
