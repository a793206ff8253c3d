// Unix sockets of the host that the policy names.
import type { SettingPath } from "../../policy/types.js";
import type { Grant, Planning } from "./planning.js";

/** Sockets whose service does anything for whoever reaches it. */
const PRIVILEGED: readonly (readonly [RegExp, string])[] = [
  [
    /(^|\/)(docker|containerd|podman|crio|buildkitd)[^/]*(\.sock)?$|\/podman\//,
    "it starts containers with any folder of the host: whoever reaches it owns the host",
  ],
  [/(^|\/)(system_bus_socket|bus)$|\/dbus/, "programs can be started over it outside of the sandbox"],
  [/systemd\/private$|\/systemd\//, "programs can be started over it outside of the sandbox"],
  [/\.X11-unix\/|wayland-\d+$/, "it shows and steers the user's display"],
  [
    /ssh.*agent|agent\.\d+$|S\.gpg-agent/,
    "it signs with all the user's keys, for any host; secrets.NAME.ssh lends single ones",
  ],
];

export function namedSockets(planning: Planning): readonly Grant[] {
  return planning.settings.network.sockets.flatMap(
    (path, index) => namedSocket(planning, path, `network.sockets.${index}`) ?? [],
  );
}

function namedSocket(planning: Planning, path: string, setting: SettingPath): Grant | undefined {
  const source = socketAt(planning, path, setting);
  if (source === undefined) return undefined;
  const consequence = PRIVILEGED.find(([pattern]) => pattern.test(source) || pattern.test(path))?.[1];
  if (consequence !== undefined) planning.findings.note(`${path} is granted by ${setting}: ${consequence}`);
  return { source, named: path, target: source, access: "read", type: "socket", origin: setting };
}

/** The real path of a socket, or undefined after a problem was reported. */
export function socketAt({ view, findings }: Planning, path: string, setting: SettingPath): string | undefined {
  const real = view.real(path);
  if (real !== undefined && view.kind(real) === "socket") return real;
  findings.problem(setting, {
    code: "path-missing",
    message: real === undefined ? `the socket ${path} doesn't exist` : `${path} isn't a socket`,
    hint: "start the service that makes it before the run",
  });
  return undefined;
}
