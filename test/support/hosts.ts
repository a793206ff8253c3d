// The table of odd hosts (test/attack/hosts.json), the policy that it is judged under, and how each way in reads a name.
// For tests and fuzzers only.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { agrees, readAuthority } from "../../src/egress/decide/agree.js";
import { makeJudge } from "../../src/egress/decide/judge.js";
import type { Target } from "../../src/egress/types.js";
import type { NetworkRule, PlannedNetwork } from "../../src/plan/types.js";
import { readHost } from "../../src/policy/hosts.js";

export const WAYS = ["host-header", "sni", "socks", "connect", "url", "dns"] as const;
export type Way = (typeof WAYS)[number];

export interface HostEntry {
  readonly input: string;
  readonly as: readonly Way[];
  /** What it is read as; without it, it must not be read at all. */
  readonly canonical?: string;
  readonly allowed?: true;
  readonly why: string;
}

/** Compiled files lie in BUILD/test/support. */
const CORPUS = new URL("../../../test/attack/hosts.json", import.meta.url);

export function readCorpus(): readonly HostEntry[] {
  const parsed: unknown = JSON.parse(readFileSync(CORPUS, "utf8"));
  assert.ok(Array.isArray(parsed));
  return parsed.map(entryOf);
}

function entryOf(value: unknown): HostEntry {
  assert.ok(typeof value === "object" && value !== null);
  const { input, as, canonical, allowed, why }: Record<string, unknown> = { ...value };
  assert.ok(typeof input === "string" && typeof why === "string" && Array.isArray(as) && as.length > 0);
  const ways = WAYS.filter((way) => as.includes(way));
  assert.equal(ways.length, as.length, `an unknown way in of ${JSON.stringify(input)}`);
  assert.ok(canonical === undefined || typeof canonical === "string");
  assert.ok(allowed === undefined || (allowed === true && canonical !== undefined));
  return {
    input,
    as: ways,
    why,
    ...(canonical === undefined ? {} : { canonical }),
    ...(allowed ? { allowed } : {}),
  };
}

export function ruleFor(host: string, more: Partial<NetworkRule> = {}): NetworkRule {
  const place = "/work/cordon.yaml:4:7";
  return { origin: "network.allow.0", place, host, ports: [80, 443], inspect: false, filter: "off", ...more };
}

export function networkOf(rules: readonly NetworkRule[], more: Partial<PlannedNetwork> = {}): PlannedNetwork {
  return {
    mode: "allowlist",
    rules,
    deny: [],
    limits: {},
    patterns: [],
    upstreamCa: [],
    blocklists: [],
    capture: "transparent",
    inspects: false,
    listeners: [],
    publish: [],
    sockets: [],
    ...more,
  };
}

const judge = makeJudge(networkOf([ruleFor("allowed.example"), ruleFor("*.wild.example")]));

export interface Outcome {
  readonly canonical: string | undefined;
  readonly allowed: boolean;
}

/** What becomes of a name that came in this way: how it is read, and whether anything is reached by it. */
export function outcomeOf(input: string, way: Way): Outcome {
  const target = targetOf(input, way);
  if (target === undefined) return { canonical: undefined, allowed: false };
  const judged = way === "dns" ? judge.name(target.host) : judge.target(target);
  const named = NAMED[way];
  const allowed = judged.allowed && (named === undefined || agrees(target, input, named) === undefined);
  return { canonical: target.host, allowed };
}

const NAMED = {
  "host-header": "host",
  sni: "sni",
  url: "absolute",
  connect: undefined,
  socks: undefined,
  dns: undefined,
} as const;

function targetOf(input: string, way: Way): Target | undefined {
  if (way === "socks" || way === "dns") {
    const read = readHost(input);
    return read.ok ? { host: read.value, port: 443 } : undefined;
  }
  const authority = readAuthority(input);
  if (authority === undefined) return undefined;
  if (way === "sni" && agrees({ host: authority.host, port: 443 }, input, "sni") !== undefined) return undefined;
  return { host: authority.host, port: authority.port ?? 443 };
}
