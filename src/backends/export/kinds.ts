// What can be exported, each loaded only when it is asked for. A new kind is one file and one line here.
import { CordonError } from "../../core/error.js";
import { didYouMean, printable } from "../../core/text.js";
import type { Exporter } from "./types.js";

type Load = () => Promise<Exporter>;

/** Every kind of CONTRACT; `undefined`: not in this release. */
const KINDS: Readonly<Record<string, Load | undefined>> = {
  "systemd-unit": async () => (await import("./systemd-unit.js")).systemdUnit,
  "systemd-run": async () => (await import("./systemd-run.js")).systemdRun,
  quadlet: async () => (await import("./quadlet.js")).quadlet,
  podman: async () => (await import("./podman.js")).podman,
  bubblewrap: async () => (await import("./bubblewrap.js")).bubblewrap,
  firejail: undefined,
  unshare: async () => (await import("./unshare.js")).unshare,
  seccomp: async () => (await import("./seccomp.js")).seccomp,
  apparmor: async () => (await import("./apparmor.js")).apparmor,
  selinux: async () => (await import("./selinux.js")).selinux,
  containerfile: async () => (await import("./containerfile.js")).containerfile,
  kubernetes: async () => (await import("./kubernetes.js")).kubernetes,
};

export function exportKinds(): readonly string[] {
  return Object.keys(KINDS).filter((kind) => KINDS[kind] !== undefined);
}

export function loadExporter(kind: string): Promise<Exporter> {
  const load = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  if (load !== undefined) return load();
  const hint = `there is ${exportKinds().join(", ")}`;
  if (Object.hasOwn(KINDS, kind))
    throw new CordonError("not-implemented", `exporting ${kind} comes in a later release`, { hint });
  throw new CordonError(
    "usage",
    `nothing can be exported as "${printable(kind, 60)}".${didYouMean(kind, Object.keys(KINDS))}`,
    { hint },
  );
}
