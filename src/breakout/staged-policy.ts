// The policy under attack, with every path that leads to the user's own things turned to the staged ones. Pure. What can't be staged is
// left out and named: an attack must never reach something real by a grant that was meant for work.
import type { Settings } from "../policy/types.js";

export interface StagedPlaces {
  /** The real one; the real workspace is the policy's. */
  readonly home: string;
  readonly stagedHome: string;
  readonly stagedWorkspace: string;
  readonly stagedState: string;
  /** The stand-in for every socket that the policy names. */
  readonly stagedSocket: string;
  readonly allowedPort: number;
}

export const ALLOWED_HOST = "allowed.breakout.test";

/** The planted key of a variable, for a host of the stage that nothing is sent to. */
export const PLANTED_SECRETS: Settings["secrets"] = {
  planted: {
    from: "env:GITHUB_TOKEN",
    env: "GITHUB_TOKEN",
    hosts: ["secret.breakout.test"],
    optional: false,
    places: ["header", "query", "body"],
  },
};

export interface Staged {
  readonly settings: Settings;
  readonly notes: readonly string[];
}

export function stagedSettings(settings: Settings, places: StagedPlaces): Staged {
  const notes: string[] = [];
  const move = (path: string) => moved(path, settings.workspace.path, places);
  const kept = (paths: readonly string[], key: string) =>
    paths.flatMap((path) => {
      const to = move(path);
      if (to === undefined)
        notes.push(`${key} ${path} isn't part of the attack: it is neither in the home nor in the workspace`);
      return to === undefined ? [] : [to];
    });
  const { filesystem, network } = settings;
  const next: Settings = {
    ...settings,
    workspace: { ...settings.workspace, path: places.stagedWorkspace },
    filesystem: {
      ...filesystem,
      read: kept(filesystem.read, "filesystem.read"),
      write: kept(filesystem.write, "filesystem.write"),
      deny: filesystem.deny.map((path) => move(path) ?? path),
    },
    network: {
      ...network,
      allow:
        network.mode === "allowlist" && network.allow.length > 0 ? [...network.allow, allowed(places)] : network.allow,
      publish: [],
      sockets: network.sockets.length === 0 ? [] : [places.stagedSocket],
    },
    // Their sources are real.
    secrets: Object.keys(settings.secrets).length === 0 ? {} : PLANTED_SECRETS,
    audit: { ...settings.audit, dir: places.stagedState, ship: [] },
    alerts: [],
  };
  return { settings: next, notes };
}

/** A staged host beside the policy's own, so that there is something to reach without leaving this computer. */
function allowed({ allowedPort }: StagedPlaces): Settings["network"]["allow"][number] {
  return { host: ALLOWED_HOST, ports: [80], inspect: false, connect: { host: "127.0.0.1", port: allowedPort } };
}

/** A floating glob stays; a path elsewhere has no stand-in. */
function moved(path: string, workspace: string, places: StagedPlaces): string | undefined {
  if (path.startsWith("**/")) return path;
  const pairs = [
    [workspace, places.stagedWorkspace],
    [places.home, places.stagedHome],
  ] as const;
  for (const [from, to] of pairs)
    if (path === from || path.startsWith(`${from}/`)) return `${to}${path.slice(from.length)}`;
  return undefined;
}

/** What the user should know of a setting that isn't tried as it is. */
export function stagingNotes({ network, audit, alerts, secrets }: Settings): readonly string[] {
  return [
    ...(Object.keys(secrets).length > 0
      ? ["the policy's own secrets aren't part of the attack: a planted one is"]
      : []),
    ...(network.publish.length > 0 ? ["network.publish isn't part of the attack: its ports may be in use"] : []),
    ...(audit.ship.length > 0 ? ["audit.ship isn't part of the attack: nothing is sent to its receivers"] : []),
    ...(alerts.length > 0 ? ["alerts aren't part of the attack"] : []),
  ];
}
