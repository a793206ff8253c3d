// Why an attack makes no sense under some plan: what it tries is what the policy allows. Pure.
import type { Plan } from "../plan/types.js";

/** The policy may take a name off the list that is protected by default. */
export function unlessProtected(name: string): (plan: Plan) => string | undefined {
  return ({ guard }) =>
    guard.names.some(({ components }) => components.join("/") === name || components.join("/") === `**/${name}`)
      ? undefined
      : `the policy doesn't protect ${name}`;
}

/** A policy may ask for a device; which files that makes is the backend's. */
export function ifDevices({ mounts }: Plan): string | undefined {
  const given = mounts.find((mount) => mount.kind === "bind" && mount.type === "device");
  return given === undefined ? undefined : `the policy gives it ${given.target}`;
}
