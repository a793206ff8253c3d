// What a run with a network has besides: the egress path, and certificates of its own where it opens TLS. Loaded only then, so that a
// run without a network pays nothing. The authority's key exists in this process's memory only; files are read before the command
// starts, since later they could be of its making.
import { readFileSync } from "node:fs";
import { CordonError, messageOf } from "../core/error.js";
import type { Blocklists } from "../egress/dns/zones.js";
import type { Egress, EgressOptions } from "../egress/egress.js";
import type { Authority } from "../egress/tls/authority.js";
import type { UpstreamTls } from "../egress/tls/upstream.js";
import type { EventDraft } from "../events/types.js";
import type { Artifact, Certificates, Op, Plan } from "../plan/types.js";
import { type Contents, filledFile, type RunDecoys } from "./contents.js";
import { type Relay, Relays } from "./relays.js";
import type { RunSecrets } from "./secrets.js";

export interface RunEgress {
  /** The artifact's ops with everything filled in that only this run knows. */
  readonly ops: readonly Op[];
  open(emit: (draft: EventDraft) => void): Egress;
  /** When the policy has some. */
  readonly secrets?: RunSecrets;
  /** The sandbox stands: what was only there to build it is taken away. */
  stands(): void;
  /** For a run that doesn't come about. */
  close(): void;
}

export interface RunOwn {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly decoys: RunDecoys;
}

export async function prepareEgress(
  plan: Plan,
  artifact: Artifact,
  { env, decoys }: RunOwn,
): Promise<RunEgress | undefined> {
  if (!artifact.services.some(({ kind }) => kind === "egress")) return undefined;
  const { network } = plan;
  const lent = plan.secrets !== undefined || network.sockets.some(({ ssh }) => ssh !== undefined);
  const broker = !lent ? undefined : await openSecrets(plan, artifact, env);
  const [{ Egress }, { makeSplicer }, authority, upstreamTls, blocklists, filter, decoyFilter, relays] =
    await Promise.all([
      import("../egress/egress.js"),
      import("../egress/proxy/splice.js"),
      network.inspects ? makeAuthority(plan.name) : undefined,
      makeUpstream(plan),
      readBlocklists(network.blocklists),
      network.inspects ? makeFilter(network.patterns, broker) : undefined,
      decoys.secrets.length > 0 ? makeDecoyFilter(decoys.secrets) : undefined,
      Relays.open(plan),
    ]);
  const contents = new Map([...decoys.contents, ...(await runContents(artifact, upstreamTls, authority))]);
  const [program] = artifact.main.argv;
  const policyFile = plan.policy.files.findLast((file) => file.includes("/"));
  return {
    ops: artifact.main.ops.flatMap((op) => broker?.fill(op) ?? filled(op, contents, relays)),
    ...(broker === undefined ? {} : { secrets: broker }),
    stands: () => relays?.hide(),
    close: () => {
      relays?.close();
      broker?.close();
    },
    open: (emit) => {
      const egress = new Egress({
        network,
        emit,
        nowMs: () => Number(process.hrtime.bigint() / 1_000_000n),
        upstreamTls,
        blocklists,
        ...(program === undefined ? {} : { splicer: makeSplicer(program) }),
        ...(filter === undefined ? {} : { filter }),
        ...(decoyFilter === undefined ? {} : { decoys: decoyFilter }),
        ...broker?.options(emit),
        ...(authority === undefined ? {} : { authority }),
        ...(policyFile === undefined ? {} : { policyFile }),
      });
      for (const { server, source, origin, agent } of relays?.all ?? []) {
        if (agent === undefined) egress.socket(server, { source, origin });
        else broker?.agent.serve(server, agent);
      }
      return egress;
    },
  };
}

async function makeAuthority(name: string): Promise<Authority> {
  const { createAuthority } = await import("../egress/tls/authority.js");
  return createAuthority(name);
}

/** Loaded only where there are secrets. */
async function openSecrets(plan: Plan, artifact: Artifact, env: Readonly<Record<string, string | undefined>>) {
  const { openSecrets: open } = await import("./secrets.js");
  return open(plan, artifact, env);
}

async function makeFilter(
  patterns: readonly string[],
  broker: RunSecrets | undefined,
): Promise<NonNullable<EgressOptions["filter"]>> {
  const { makeFilterFactory } = await import("../egress/filter/filter.js");
  const make = (harmless: readonly string[]) => makeFilterFactory({ secrets: [], patterns, harmless });
  return broker === undefined ? make([]) : broker.filter(make);
}

async function makeDecoyFilter(canaries: readonly Buffer[]): Promise<NonNullable<EgressOptions["decoys"]>> {
  const { makeFilterFactory } = await import("../egress/filter/filter.js");
  return makeFilterFactory({ secrets: [], canaries, patterns: [], exactOnly: true, alert: "network.content" });
}

async function makeUpstream({ network }: Plan): Promise<UpstreamTls> {
  const { makeUpstreamTls } = await import("../egress/tls/upstream.js");
  const { systemCa } = network;
  return makeUpstreamTls({ files: network.upstreamCa, systemBundles: systemCa === undefined ? [] : [systemCa] });
}

export async function readBlocklists(files: readonly string[]): Promise<Blocklists> {
  const { Blocklists } = await import("../egress/dns/zones.js");
  const read = Blocklists.parse(files.map((file) => ({ file, text: textOf(file) })));
  if (read.ok) return read.blocklists;
  const first = read.diagnostics[0];
  const place = first === undefined ? {} : { place: `${first.place.file}:${first.place.line}` };
  throw new CordonError("policy-invalid", first?.message ?? "a blocklist can't be understood", {
    ...place,
    hint: "network.dns.blocklists are response policy zones (RPZ)",
  });
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new CordonError("launch-failed", `${file} can't be read: ${messageOf(error)}`);
  }
}

async function runContents(artifact: Artifact, tls: UpstreamTls, authority?: Authority): Promise<Contents> {
  const slots = new Set(
    artifact.main.ops.flatMap(({ slot }) => (slot !== undefined && isCertificate(slot) ? [slot] : [])),
  );
  if (slots.size === 0) return new Map();
  const { bundleText, javaTrustStore } = await import("../egress/tls/trust.js");
  const { system, more } = tls.texts();
  const own = [...more, ...(authority === undefined ? [] : [authority.certificatePem])];
  const all = [system, ...own];
  const make: Readonly<Record<Certificates, () => Uint8Array>> = {
    authority: () => Buffer.from(bundleText(own)),
    bundle: () => Buffer.from(bundleText(all)),
    "java-trust-store": () => javaTrustStore(all),
  };
  return new Map([...slots].map((slot) => [slot, make[slot]()]));
}

function isCertificate(slot: NonNullable<Op["slot"]>): slot is Certificates {
  return slot === "authority" || slot === "bundle" || slot === "java-trust-store";
}

function filled(whole: Op, contents: Contents, relays: Relays | undefined): Op {
  const { op, fields, slot } = whole;
  const relay = relays?.all.find(({ origin }) => `socket:${origin}` === slot);
  return relay === undefined
    ? filledFile(whole, contents)
    : { op, fields: [inPlaceOf(relay, fields[0]), ...fields.slice(1)] };
}

/** The path of the host's socket may be a part of a word for another program. */
function inPlaceOf({ source, path }: Relay, word: Op["fields"][number] | undefined): string {
  if (typeof word === "string" && word.includes(source)) return word.replace(source, () => path);
  throw new CordonError("internal", `the socket ${source} isn't in its word`);
}
