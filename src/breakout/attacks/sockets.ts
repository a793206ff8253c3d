// The attacks of the group sockets, in the order in which they are shown. A new one is a file and a line here.
import type { Attack } from "../types.js";
import { socketsBluetooth } from "./sockets/bluetooth.js";
import { socketsCan } from "./sockets/can.js";
import { socketsCrypto } from "./sockets/crypto.js";
import { socketsCryptoNetlink } from "./sockets/crypto-netlink.js";
import { socketsDccp } from "./sockets/dccp.js";
import { socketsDeviceEvents } from "./sockets/device-events.js";
import { socketsGenericNetlink } from "./sockets/generic-netlink.js";
import { socketsIcmp } from "./sockets/icmp.js";
import { socketsKcm } from "./sockets/kcm.js";
import { socketsKernelAudit } from "./sockets/kernel-audit.js";
import { socketsKey } from "./sockets/key.js";
import { socketsNetfilter } from "./sockets/netfilter.js";
import { socketsPacket } from "./sockets/packet.js";
import { socketsRaw } from "./sockets/raw.js";
import { socketsRawIpv6 } from "./sockets/raw-ipv6.js";
import { socketsRds } from "./sockets/rds.js";
import { socketsRxrpc } from "./sockets/rxrpc.js";
import { socketsSctp } from "./sockets/sctp.js";
import { socketsTipc } from "./sockets/tipc.js";
import { socketsVsock } from "./sockets/vsock.js";
import { socketsXdp } from "./sockets/xdp.js";
import { socketsXfrm } from "./sockets/xfrm.js";

export const SOCKETS: readonly Attack[] = [
  socketsPacket,
  socketsRaw,
  socketsRawIpv6,
  socketsIcmp,
  socketsNetfilter,
  socketsKernelAudit,
  socketsDeviceEvents,
  socketsCryptoNetlink,
  socketsGenericNetlink,
  socketsXfrm,
  socketsVsock,
  socketsCrypto,
  socketsBluetooth,
  socketsCan,
  socketsTipc,
  socketsXdp,
  socketsKcm,
  socketsSctp,
  socketsDccp,
  socketsKey,
  socketsRds,
  socketsRxrpc,
];
