// Every attack, by groups. A new group is a folder and a line here.

import { DESKTOP } from "./attacks/desktop.js";
import { DEVICES } from "./attacks/devices.js";
import { ESCAPES } from "./attacks/escapes.js";
import { FILES } from "./attacks/files.js";
import { IDENTITY } from "./attacks/identity.js";
import { IPC } from "./attacks/ipc.js";
import { LIMITS } from "./attacks/limits.js";
import { NAMESPACES } from "./attacks/namespaces.js";
import { NETWORK } from "./attacks/network.js";
import { PERSISTENCE } from "./attacks/persistence.js";
import { PROC } from "./attacks/proc.js";
import { PROCESS } from "./attacks/process.js";
import { SECRETS } from "./attacks/secrets.js";
import { SOCKETS } from "./attacks/sockets.js";
import { SYSCALLS } from "./attacks/syscalls.js";
import { TERMINAL } from "./attacks/terminal.js";
import { TLS } from "./attacks/tls.js";
import { WORKSPACE } from "./attacks/workspace.js";
import type { Attack } from "./types.js";

export const ATTACKS: readonly Attack[] = [
  ...FILES,
  ...PERSISTENCE,
  ...WORKSPACE,
  ...PROCESS,
  ...NAMESPACES,
  ...ESCAPES,
  ...SYSCALLS,
  ...SOCKETS,
  ...IPC,
  ...DESKTOP,
  ...TERMINAL,
  ...DEVICES,
  ...PROC,
  ...IDENTITY,
  ...NETWORK,
  ...TLS,
  ...SECRETS,
  ...LIMITS,
];
