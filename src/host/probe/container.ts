// Whether Cordon itself already runs in a container, and whose. Only for advice: nothing is allowed or denied by it.
import { existsSync, readlinkSync } from "node:fs";
import { readText } from "./read.js";

export interface ContainerSigns {
  readonly dockerenv: boolean;
  readonly containerenv: boolean;
  /** What systemd was told by the container manager. */
  readonly systemdContainer: string | undefined;
  readonly firstProcessCgroup: string;
  readonly kubernetes: boolean;
  /** Process, IPC and host name namespaces are those that the kernel booted with. */
  readonly firstNamespaces: boolean;
}

/** Numbers that the kernel gives to the namespaces it boots with. */
const FIRST_NAMESPACES: Readonly<Record<string, string>> = { pid: "4026531836", ipc: "4026531839", uts: "4026531838" };

export function containerOf(signs: ContainerSigns): string | undefined {
  // A virtual machine made from a container image carries the marker files, too.
  if (signs.firstNamespaces) return undefined;
  if (signs.kubernetes || /kubepods/.test(signs.firstProcessCgroup)) return "kubernetes";
  if (signs.containerenv || /libpod/.test(signs.firstProcessCgroup)) return "podman";
  if (signs.dockerenv || /\/docker[/-]/.test(signs.firstProcessCgroup)) return "docker";
  if (/\/lxc[./]/.test(signs.firstProcessCgroup)) return "lxc";
  const told = signs.systemdContainer?.trim();
  return told !== undefined && /^[a-z][a-z0-9-]{0,30}$/.test(told) && told !== "wsl" ? told : undefined;
}

export function containerFacts(env: Readonly<Record<string, string | undefined>>, root = ""): string | undefined {
  return containerOf({
    dockerenv: existsSync(`${root}/.dockerenv`),
    containerenv: existsSync(`${root}/run/.containerenv`),
    systemdContainer: readText(`${root}/run/systemd/container`, 256),
    firstProcessCgroup: readText(`${root}/proc/1/cgroup`, 65_536) ?? "",
    kubernetes: env["KUBERNETES_SERVICE_HOST"] !== undefined,
    firstNamespaces: Object.entries(FIRST_NAMESPACES).every(
      ([name, number]) => namespaceOf(name) === `${name}:[${number}]`,
    ),
  });
}

export function namespaceOf(name: string): string {
  try {
    return readlinkSync(`/proc/self/ns/${name}`);
  } catch {
    return "";
  }
}
