// What some attacks add to the policy, always stricter or staged: a small limit, a denied name, a host of the stage. Pure.
import type { AllowRule, Settings } from "../policy/types.js";
import { PLANTED_SECRETS } from "./staged-policy.js";
import type { TweakStage } from "./types.js";

type Tweak = (settings: Settings, stage: TweakStage) => Settings;

/** The stage's own denied file. */
export const denying: Tweak = (settings) => ({
  ...settings,
  filesystem: { ...settings.filesystem, deny: [...settings.filesystem.deny, "**/*.breakout"] },
});

/** Low enough that going beyond it harms nobody. */
export function limiting(limits: Settings["limits"]): Tweak {
  return (settings) => ({ ...settings, limits: { ...settings.limits, ...limits } });
}

/** A name that leads to this computer by itself, not by the policy's `connect`. */
export const allowingLocalName: Tweak = (settings, { deniedPort }) =>
  allowing(settings, { host: "localhost", ports: [deniedPort], inspect: false });

const JUDGED = "judged.breakout.test";

export const judgingRequests: Tweak = (settings, { allowedPort }) =>
  allowing(settings, {
    host: JUDGED,
    ports: [80],
    inspect: true,
    methods: ["GET"],
    paths: ["/public/**"],
    connect: { host: "127.0.0.1", port: allowedPort },
  });

export const filteringRequests: Tweak = (settings, { allowedPort }) => {
  const { network } = settings;
  const filtering: Settings = { ...settings, network: { ...network, filter: { ...network.filter, secrets: "block" } } };
  const connect = { host: "127.0.0.1", port: allowedPort };
  return allowing(filtering, { host: JUDGED, ports: [80], inspect: true, connect });
};

/** A secret, and a host that isn't its own. */
export const brokering: Tweak = (settings, { allowedPort }) => {
  const connect = { host: "127.0.0.1", port: allowedPort };
  return allowing({ ...settings, secrets: PLANTED_SECRETS }, { host: JUDGED, ports: [80], inspect: false, connect });
};

/** Three requests in a minute. */
export const limitingRequests: Tweak = (settings) => ({
  ...settings,
  network: { ...settings.network, limits: { ...settings.network.limits, requests: { count: 3, perMs: 60_000 } } },
});

function allowing(settings: Settings, rule: AllowRule): Settings {
  return { ...settings, network: { ...settings.network, allow: [...settings.network.allow, rule] } };
}
