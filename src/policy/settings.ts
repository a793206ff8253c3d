// Merged, validated text to Settings: units parsed, short forms written out, defaults (the profile `default`) filled in.
// Pure. A text that can't be read here is a bug: the schema and the options' table read it with the same readers before.
import { CordonError } from "../core/error.js";
import {
  expectRead,
  type Reader,
  readCpu,
  readDisplaySize,
  readDuration,
  readPublish,
  readRate,
  readSize,
} from "./atoms.js";
import { readConnect, readForward, readHostPattern, readHostRule } from "./hosts.js";
import { readTokenEndpoint } from "./login.js";
import type { Merged } from "./merge.js";
import { protectedNames } from "./protected.js";
import { alertOf, shipOf } from "./record.js";
import type { Written } from "./schema/policy.js";
import type { AllowRule, DenyRule, LoginSetting, Place, SecretSetting, Settings } from "./types.js";

export interface Fallbacks {
  /** The workspace when no layer names one: the current folder. */
  readonly workspace: string;
  /** The name when no layer gives one. */
  readonly name: string;
}

type Section<K extends keyof Written> = NonNullable<Written[K]>;
type WrittenRule = NonNullable<Section<"network">["allow"]>[number];

const WEB_PORTS = [80, 443] as const;

/** A key that the profile `default` has to give. */
function given<T>(value: T | undefined, key: string): T {
  if (value === undefined) throw new CordonError("internal", `the built-in profile default doesn't say ${key}`);
  return value;
}

function read<T>(reader: Reader<T>, text: string | number): T {
  return expectRead(reader(String(text)));
}

/** `{ [key]: converted }`, or nothing at all when it isn't asked for. */
function optional<K extends string, V, R>(
  key: K,
  value: V | undefined,
  convert: (value: V) => R,
): { readonly [P in K]?: R } {
  return value === undefined ? {} : ({ [key]: convert(value) } as { readonly [P in K]?: R });
}

const same = <T>(value: T): T => value;

export function settingsOf(written: Written, fallbacks: Fallbacks): Settings {
  const { workspace = {}, gui = {}, devices = {}, approvals = {}, audit = {} } = written;
  return {
    version: 1,
    name: written.name ?? fallbacks.name,
    backend: given(written.backend, "backend"),
    workspace: {
      path: workspace.path ?? fallbacks.workspace,
      ...optional("mount", workspace.mount, same),
      mode: given(workspace.mode, "workspace.mode"),
      protect: protectedNames(workspace.protect ?? []),
    },
    filesystem: filesystemOf(written.filesystem ?? {}),
    network: networkOf(written.network ?? {}),
    secrets: Object.fromEntries(
      Object.entries(written.secrets ?? {}).map(([name, secret]) => [name, secretOf(name, secret)]),
    ),
    process: processOf(written.process ?? {}),
    limits: limitsOf(written.limits ?? {}),
    gui: { mode: given(gui.mode, "gui.mode"), ...read(readDisplaySize, given(gui.size, "gui.size")) },
    devices: {
      gpu: given(devices.gpu, "devices.gpu"),
      audio: given(devices.audio, "devices.audio"),
      camera: given(devices.camera, "devices.camera"),
    },
    ...optional("image", written.image, imageOf),
    approvals: {
      network: given(approvals.network, "approvals.network"),
      exec: given(approvals.exec, "approvals.exec"),
      timeoutMs: read(readDuration, given(approvals.timeout, "approvals.timeout")),
    },
    audit: auditOf(audit),
    alerts: (written.alerts ?? []).map(alertOf),
  };
}

function filesystemOf(filesystem: Section<"filesystem">): Settings["filesystem"] {
  return {
    system: given(filesystem.system, "filesystem.system"),
    read: filesystem.read ?? [],
    write: filesystem.write ?? [],
    deny: filesystem.deny ?? [],
    home: given(filesystem.home, "filesystem.home"),
    tmp: {
      sizeBytes: read(readSize, given(filesystem.tmp?.size, "filesystem.tmp.size")),
      exec: given(filesystem.tmp?.exec, "filesystem.tmp.exec"),
    },
    etc: filesystem.etc ?? {},
    canaries: given(filesystem.canaries, "filesystem.canaries"),
  };
}

function networkOf(network: Section<"network">): Settings["network"] {
  const allow = (network.allow ?? []).map(allowOf);
  const { limits = {}, filter = {} } = network;
  return {
    // SECURITY(T30): an empty list allows nothing; it never means "everything".
    mode: network.mode ?? (allow.length > 0 ? "allowlist" : "none"),
    allow,
    deny: (network.deny ?? []).map(denyOf),
    limits: {
      ...optional("requests", limits.requests, (rate) => read(readRate, rate)),
      ...optional("uploadBytes", limits.upload, (size) => read(readSize, size)),
      ...optional("downloadBytes", limits.download, (size) => read(readSize, size)),
      ...optional("connections", limits.connections, same),
    },
    filter: { secrets: given(filter.secrets, "network.filter.secrets"), patterns: filter.patterns ?? [] },
    upstreamCa: network.upstreamCa ?? [],
    dns: { blocklists: network.dns?.blocklists ?? [] },
    forward: (network.forward ?? []).map((text) => read(readForward, text)),
    publish: (network.publish ?? []).map((text) => read(readPublish, text)),
    sockets: network.sockets ?? [],
  };
}

function allowOf(rule: WrittenRule): AllowRule {
  if (typeof rule === "string") {
    const { host, port } = read(readHostRule, rule);
    return { host, ports: port === undefined ? WEB_PORTS : [port], inspect: false };
  }
  const { github } = rule;
  return {
    host: github === undefined ? read(readHostPattern, given(rule.host, "a rule's host")) : "github.com",
    ports: rule.ports ?? (github === undefined ? WEB_PORTS : [443]),
    ...optional("methods", rule.methods, same),
    ...optional("paths", rule.paths, same),
    inspect: rule.inspect ?? github !== undefined,
    ...optional("rate", rule.rate, (rate) => read(readRate, rate)),
    ...optional("maxUploadBytes", rule.maxUpload, (size) => read(readSize, size)),
    ...optional("connect", rule.connect, (connect) => read(readConnect, connect)),
    ...optional("secret", rule.secret, same),
    ...optional("filter", rule.filter, same),
    ...optional("github", github, (repository) => ({ repository, access: rule.access ?? ("read" as const) })),
  };
}

function denyOf(rule: NonNullable<Section<"network">["deny"]>[number]): DenyRule {
  if (typeof rule !== "string") return { host: read(readHostPattern, rule.host), ports: rule.ports ?? [] };
  const { host, port } = read(readHostRule, rule);
  return { host, ports: port === undefined ? [] : [port] };
}

/** Without `from`, a secret is the one of that name in Cordon's own store; a login has places of its own. */
function secretOf(name: string, secret: Section<"secrets">[string]): SecretSetting {
  return {
    from: secret.from ?? `${secret.oauth !== undefined ? "login" : secret.ssh !== undefined ? "ssh" : "store"}:${name}`,
    ...optional("env", secret.env, same),
    hosts: (secret.hosts ?? []).map((host) => read(readHostPattern, host)),
    ...optional("ttlMs", secret.ttl, (duration) => read(readDuration, duration)),
    optional: secret.optional ?? false,
    ...optional("requests", secret.requests, same),
    ...optional("tokens", secret.tokens, same),
    ...optional("methods", secret.methods, same),
    ...optional("paths", secret.paths, same),
    places: secret.places ?? ["header", "query", "body"],
    ...optional("oauth", secret.oauth, loginOf),
    ...optional("aws", secret.aws, ({ id = "" }) => ({ id })),
    ...optional("ssh", secret.ssh, ({ keys = [], confirm = false, knownHosts }) => ({
      keys,
      confirm,
      ...optional("knownHosts", knownHosts, same),
    })),
  };
}

function loginOf(login: NonNullable<Section<"secrets">[string]["oauth"]>): LoginSetting {
  return {
    endpoints: (login.endpoints ?? []).map((endpoint) => read(readTokenEndpoint, endpoint)),
    share: login.share ?? false,
    ...optional("file", login.file, same),
    ...optional("access", login.access, same),
    ...optional("refresh", login.refresh, same),
    ...optional("id", login.id, same),
    ...optional("expires", login.expires, same),
    ...optional("refreshed", login.refreshed, same),
    keep: login.keep ?? [],
  };
}

function processOf(process: Section<"process">): Settings["process"] {
  const values = Object.entries(process.env?.set ?? {}).map(([name, value]) => [name, String(value)] as const);
  return {
    env: { pass: process.env?.pass ?? [], set: Object.fromEntries(values) },
    seccomp: given(process.seccomp, "process.seccomp"),
    nested: given(process.nested, "process.nested"),
  };
}

function limitsOf(limits: Section<"limits">): Settings["limits"] {
  return {
    ...optional("memoryBytes", limits.memory, (size) => read(readSize, size)),
    ...optional("cpu", limits.cpu, (share) => read(readCpu, share)),
    ...optional("pids", limits.pids, same),
    ...optional("files", limits.files, same),
    ...optional("diskBytes", limits.disk, (size) => read(readSize, size)),
    ...optional("timeMs", limits.time, (duration) => read(readDuration, duration)),
  };
}

function auditOf({ dir, onFailure, sync, rotate, ship }: Section<"audit">): Settings["audit"] {
  return {
    dir: given(dir, "audit.dir"),
    onFailure: given(onFailure, "audit.onFailure"),
    sync: given(sync, "audit.sync"),
    rotate: {
      sizeBytes: read(readSize, given(rotate?.size, "audit.rotate.size")),
      ageMs: read(readDuration, given(rotate?.age, "audit.rotate.age")),
    },
    ship: (ship ?? []).map(shipOf),
  };
}

function imageOf(image: Section<"image">): NonNullable<Settings["image"]> {
  return {
    ref: image.ref,
    ...optional("digest", image.digest, same),
    ...optional("verify", image.verify, (verify) => ({ key: verify.key })),
  };
}

/** Where a setting's name differs from the key that is written, `why` finds the place under both. */
const RENAMED: readonly (readonly [string, string])[] = [
  ["limits.memory", "limits.memoryBytes"],
  ["limits.disk", "limits.diskBytes"],
  ["limits.time", "limits.timeMs"],
  ["filesystem.tmp.size", "filesystem.tmp.sizeBytes"],
  ["network.limits.upload", "network.limits.uploadBytes"],
  ["network.limits.download", "network.limits.downloadBytes"],
  ["audit.rotate.size", "audit.rotate.sizeBytes"],
  ["audit.rotate.age", "audit.rotate.ageMs"],
  ["approvals.timeout", "approvals.timeoutMs"],
  ["gui.size", "gui.width"],
  ["gui.size", "gui.height"],
];

/** The places by the paths of Settings: `workspace.protect` is renumbered, since the default names come first there. */
export function settingPlaces(merged: Merged, written: Written, settings: Settings): ReadonlyMap<string, Place> {
  const places = new Map([...merged.places].filter(([path]) => !path.startsWith("workspace.protect.")));
  for (const [index, entry] of (written.workspace?.protect ?? []).entries()) {
    const place = merged.places.get(`workspace.protect.${index}`);
    const at = settings.workspace.protect.indexOf(entry);
    if (place !== undefined && at !== -1) places.set(`workspace.protect.${at}`, place);
  }
  for (const [from, to] of RENAMED) {
    const place = merged.places.get(from);
    if (place !== undefined) places.set(to, place);
  }
  return places;
}
