// The secrets that a run is to have: which of them have a source here, and to which hosts each goes. Their values are never looked at;
// whether a variable or a file is there is all that is asked.
import type { HostView } from "../../host/types.js";
import { formatPlace, type SecretSetting, type SettingPath } from "../../policy/types.js";
import type { PlannedNetwork, PlannedSecret } from "../types.js";
import { type Planning, writtenPlace } from "./planning.js";

export function resolveSecrets(planning: Planning, { mode }: PlannedNetwork): readonly PlannedSecret[] {
  const { settings, findings, view } = planning;
  return Object.entries(settings.secrets).flatMap(([name, secret]) => {
    const origin = `secrets.${name}`;
    const missing = missingSource(secret.from, view);
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
  return { ...network, inspects: true, secretHosts: [...new Set(secrets.flatMap(({ hosts }) => hosts))] };
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

function planned({ settings, policy }: Planning, { name, secret, origin }: Named): PlannedSecret {
  const { optional, hosts, ...rest } = secret;
  const ruled = settings.network.allow.filter((rule) => rule.secret === name).map(({ host }) => host);
  const place = writtenPlace(policy, origin);
  return {
    name,
    ...rest,
    ...(optional ? { optional } : {}),
    hosts: [...new Set([...hosts, ...ruled])],
    origin,
    place: place === undefined ? `the default of ${origin}` : formatPlace(place),
  };
}
