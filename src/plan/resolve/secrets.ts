// The secrets that a run is to have: which of them have a source here, and to which hosts each goes. Their values are never looked at;
// whether a variable or a file is there is all that is asked.
import type { HostView } from "../../host/types.js";
import { formatPlace, type LoginSetting, type SecretSetting, type SettingPath } from "../../policy/types.js";
import { isInside, joinPath, lineage, parentOf, restOf } from "../paths.js";
import type { PlannedLogin, PlannedSecret } from "../secret.js";
import type { Mount, PlannedNetwork } from "../types.js";
import { homesOf } from "./forbidden.js";
import type { Home } from "./mounts.js";
import { type Planning, writtenPlace } from "./planning.js";

export function resolveSecrets(planning: Planning, { mode }: PlannedNetwork): readonly PlannedSecret[] {
  const { settings, findings, view } = planning;
  return Object.entries(settings.secrets).flatMap(([name, secret]) => {
    if (secret.ssh !== undefined) return [];
    const origin = `secrets.${name}`;
    // Without a login there, the command makes one.
    const missing = secret.oauth === undefined ? missingSource(secret.from, view) : undefined;
    if (missing === undefined && mode !== "none") return [planned(planning, { name, secret, origin })];
    if (missing === undefined) {
      if (!secret.optional) findings.note(`the secret ${name} isn't given, since there is no network`);
      return [];
    }
    if (secret.optional) return [];
    findings.problem(`${origin}.from`, {
      code: "secret-unavailable",
      message: `the secret ${name} can't be had: ${missing}`,
      hint: "put it there, or write optional: true to go on without it",
    });
    return [];
  });
}

/** The network with TLS to the hosts of secrets opened. */
export function withSecretHosts(network: PlannedNetwork, secrets: readonly PlannedSecret[]): PlannedNetwork {
  if (secrets.length === 0) return network;
  const all = secrets.flatMap(({ hosts, oauth }) => [...hosts, ...(oauth?.endpoints.map(({ host }) => host) ?? [])]);
  return { ...network, inspects: true, secretHosts: [...new Set(all)] };
}

/** In a private home the file of a login is made at the launch; in a kept one it lies there already, or is put there by the run. */
export function loginMounts(view: HostView, secrets: readonly PlannedSecret[], home: Home): readonly Mount[] {
  if (home.plan.mode === "persistent") return [];
  return secrets.flatMap(({ name, oauth }): readonly Mount[] => {
    if (oauth?.file === undefined || !oauth.share || view.kind(view.real(oauth.file.source) ?? "") !== "file")
      return [];
    const target = joinPath(home.mount.target, oauth.file.inHome);
    const folders = lineage(parentOf(target)).filter(
      (path) => path !== home.mount.target && isInside(path, home.mount.target),
    );
    return [
      ...folders.map((folder): Mount => ({ kind: "directory", target: folder, mode: 0o700 })),
      { kind: "run-file", target, mode: 0o600, content: `login:${name}` },
    ];
  });
}

/** What a program gives is known only when it is asked. */
function missingSource(from: string, view: HostView): string | undefined {
  const rest = from.slice(from.indexOf(":") + 1);
  if (from.startsWith("env:")) return (view.env(rest) ?? "") === "" ? `$${rest} isn't set` : undefined;
  if (!from.startsWith("file:")) return undefined;
  const real = view.real(rest);
  return real !== undefined && view.kind(real) === "file" ? undefined : `the file ${rest} isn't there`;
}

interface Named {
  readonly name: string;
  readonly secret: SecretSetting;
  readonly origin: SettingPath;
}

function planned(planning: Planning, { name, secret, origin }: Named): PlannedSecret {
  const { optional, hosts, oauth, ...rest } = secret;
  const { settings, policy } = planning;
  const ruled = settings.network.allow.filter((rule) => rule.secret === name).map(({ host }) => host);
  const place = writtenPlace(policy, origin);
  return {
    name,
    ...rest,
    ...(optional ? { optional } : {}),
    ...(oauth === undefined ? {} : { oauth: plannedLogin(planning, oauth, origin) }),
    hosts: [...new Set([...hosts, ...ruled])],
    origin,
    place: place === undefined ? `the default of ${origin}` : formatPlace(place),
  };
}

function plannedLogin({ view, findings }: Planning, login: LoginSetting, origin: SettingPath): PlannedLogin {
  const { file, ...rest } = login;
  if (login.endpoints.length === 0)
    findings.problem(`${origin}.oauth`, {
      code: "bad-value",
      message: "a login needs the endpoints at which its tokens are given out",
      hint: "endpoints: [auth.example.com/oauth/token]",
    });
  if (file === undefined) return rest;
  const home = homesOf(view).find((each) => isInside(file, each));
  const inHome = home === undefined ? undefined : restOf(file, home);
  if (inHome === undefined || inHome === "" || login.access === undefined) {
    findings.problem(`${origin}.oauth`, {
      code: "bad-value",
      message:
        login.access === undefined
          ? "a login's file needs the place of the access token in it"
          : `the login's file ${file} doesn't lie in the home folder`,
      hint: "file: ~/.example/auth.json, access: tokens.access_token",
    });
    return rest;
  }
  return { ...rest, file: { source: file, inHome } };
}
