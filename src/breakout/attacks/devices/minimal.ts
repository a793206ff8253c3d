// Looks for disks, cameras, sound, graphics and the like.
import { PLAIN } from "../../baselines.js";
import { observes } from "../../judges.js";
import { ifDevices } from "../../obstacles.js";
import type { Attack } from "../../types.js";

export const devicesMinimal: Attack = {
  id: "devices/minimal",
  control: "devices.minimal",
  severity: "high",
  threats: ["H39"],
  sentence: "Looks for disks, cameras, sound, graphics and the like.",
  inside:
    'for each in /dev/sd* /dev/vd* /dev/nvme* /dev/loop* /dev/video* /dev/snd/* /dev/dri/* /dev/kvm /dev/mem /dev/kmsg /dev/port /dev/fuse /dev/net/tun /dev/input/* /dev/tty[0-9]* /dev/vhost* /dev/bus/usb/*; do [ -e "$each" ] && echo "there is $each"; done',
  judge: observes(/^there is .*$/m, "a device of the computer is there"),
  baseline: PLAIN,
  obstacle: ifDevices,
};
