// The attacks of the group devices, in the order in which they are shown. A new one is a file and a line here.
import type { Attack } from "../types.js";
import { devicesMakeNode } from "./devices/make-node.js";
import { devicesMinimal } from "./devices/minimal.js";

export const DEVICES: readonly Attack[] = [devicesMinimal, devicesMakeNode];
