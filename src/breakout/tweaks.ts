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

export const TUNNEL_HOST = "tunnel.breakout.test";
export const OPENED_HOST = "opened.breakout.test";

/** TLS that is passed on unopened. */
export const tunnelling: Tweak = (settings, { allowedPort }) =>
  allowing(settings, {
    host: TUNNEL_HOST,
    ports: [443],
    inspect: false,
    connect: { host: "127.0.0.1", port: allowedPort },
  });

/** A server that asks for a second hello. */
export const tunnellingTwice: Tweak = (settings, { retryPort }) =>
  allowing(settings, {
    host: TUNNEL_HOST,
    ports: [443],
    inspect: false,
    connect: { host: "127.0.0.1", port: retryPort },
  });

/** TLS that is opened, towards a server that isn't one. */
export const opening: Tweak = (settings, { allowedPort }) => opened(settings, allowedPort);

/** Towards a server of the staged authority's. */
export const openingSecure: Tweak = (settings, { tlsPort, authorityFile }) =>
  trusting(opened(settings, tlsPort), authorityFile);

/** Towards one whose certificate is of an authority that nobody trusts. */
export const openingForeign: Tweak = (settings, { foreignPort, authorityFile }) =>
  trusting(opened(settings, foreignPort), authorityFile);

function opened(settings: Settings, port: number): Settings {
  const connect = { host: "127.0.0.1", port };
  return allowing(settings, {
    host: OPENED_HOST,
    ports: [443],
    inspect: true,
    methods: ["GET"],
    paths: ["/public/**"],
    connect,
  });
}

function trusting(settings: Settings, file: string): Settings {
  return { ...settings, network: { ...settings.network, upstreamCa: [...settings.network.upstreamCa, file] } };
}

function allowing(settings: Settings, rule: AllowRule): Settings {
  return { ...settings, network: { ...settings.network, allow: [...settings.network.allow, rule] } };
}
