// The attacks of the group ipc, in the order in which they are shown. A new one is a file and a line here.
import type { Attack } from "../types.js";
import { ipcAbstractSockets } from "./ipc/abstract-sockets.js";
import { ipcAddKey } from "./ipc/add-key.js";
import { ipcKeyring } from "./ipc/keyring.js";
import { ipcKeyringNumber } from "./ipc/keyring-number.js";
import { ipcList } from "./ipc/list.js";
import { ipcMessageQueue } from "./ipc/message-queue.js";
import { ipcPrivate } from "./ipc/private.js";
import { ipcRequestKey } from "./ipc/request-key.js";
import { ipcSocketByLink } from "./ipc/socket-by-link.js";
import { ipcSocketByProc } from "./ipc/socket-by-proc.js";
import { ipcSocketFiles } from "./ipc/socket-files.js";

export const IPC: readonly Attack[] = [
  ipcPrivate,
  ipcMessageQueue,
  ipcList,
  ipcKeyring,
  ipcKeyringNumber,
  ipcAddKey,
  ipcRequestKey,
  ipcAbstractSockets,
  ipcSocketFiles,
  ipcSocketByLink,
  ipcSocketByProc,
];
