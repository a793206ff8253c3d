// The backends by name, each loaded only when it is chosen. A new backend is one folder and one line here.
import { CordonError } from "../core/error.js";
import type { Backend } from "../plan/types.js";
import type { BackendName } from "../policy/types.js";

type Load = () => Promise<Backend>;

const BACKENDS: Readonly<Partial<Record<Exclude<BackendName, "auto">, Load>>> = {
  native: async () => (await import("./native/backend.js")).native,
  unshare: async () => (await import("./unshare/backend.js")).unshare,
  firejail: async () => (await import("./firejail/backend.js")).firejail,
  bubblewrap: async () => (await import("./bubblewrap/backend.js")).bubblewrap,
  systemd: async () => (await import("./systemd/backend.js")).systemd,
  gvisor: async () => (await import("./gvisor/backend.js")).gvisor,
  podman: async () => (await import("./podman/backend.js")).podman,
};

export function backendNames(): readonly BackendName[] {
  return Object.keys(BACKENDS) as (keyof typeof BACKENDS)[];
}

/** `auto` is the native backend: it needs nothing installed. */
export function loadBackend(name: BackendName): Promise<Backend> {
  const load = BACKENDS[name === "auto" ? "native" : name];
  if (load !== undefined) return load();
  throw new CordonError("not-implemented", `the backend ${name} comes in a later release`, {
    place: "backend",
    hint: `there is ${backendNames().join(", ")}`,
  });
}
