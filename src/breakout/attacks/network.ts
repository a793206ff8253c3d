// The attacks of the group network, in the order in which they are shown. A new one is a file and a line here.
import type { Attack } from "../types.js";
import { networkAbsoluteForm } from "./network/absolute-form.js";
import { networkAddresses } from "./network/addresses.js";
import { networkAllowlist } from "./network/allowlist.js";
import { networkBracketedHost } from "./network/bracketed-host.js";
import { networkDatagram } from "./network/datagram.js";
import { networkDatagramIpv6 } from "./network/datagram-ipv6.js";
import { networkDirect } from "./network/direct.js";
import { networkDirectDatagram } from "./network/direct-datagram.js";
import { networkFilter } from "./network/filter.js";
import { networkHostHeader } from "./network/host-header.js";
import { networkInterfaces } from "./network/interfaces.js";
import { networkLimits } from "./network/limits.js";
import { networkLocalName } from "./network/local-name.js";
import { networkLoopbackIpv6 } from "./network/loopback-ipv6.js";
import { networkMappedAddress } from "./network/mapped-address.js";
import { networkNamedSockets } from "./network/named-sockets.js";
import { networkNames } from "./network/names.js";
import { networkNone } from "./network/none.js";
import { networkNumericHost } from "./network/numeric-host.js";
import { networkOctalHost } from "./network/octal-host.js";
import { networkOpen } from "./network/open.js";
import { networkOtherLoopback } from "./network/other-loopback.js";
import { networkRequests } from "./network/requests.js";
import { networkShortHost } from "./network/short-host.js";
import { networkSocks } from "./network/socks.js";
import { networkTrailingDot } from "./network/trailing-dot.js";
import { networkUserPart } from "./network/user-part.js";
import { networkZeroByte } from "./network/zero-byte.js";

export const NETWORK: readonly Attack[] = [
  networkNone,
  networkLoopbackIpv6,
  networkDatagram,
  networkDatagramIpv6,
  networkMappedAddress,
  networkOtherLoopback,
  networkInterfaces,
  networkAllowlist,
  networkAbsoluteForm,
  networkHostHeader,
  networkNumericHost,
  networkOctalHost,
  networkShortHost,
  networkBracketedHost,
  networkLocalName,
  networkTrailingDot,
  networkUserPart,
  networkZeroByte,
  networkDirect,
  networkDirectDatagram,
  networkSocks,
  networkOpen,
  networkNames,
  networkAddresses,
  networkRequests,
  networkFilter,
  networkLimits,
  networkNamedSockets,
];
