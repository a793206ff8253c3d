// A program that talks to a server, and the tests that each such program goes through: outside, inside without a rule, and inside with
// one by every way, with the proxy variables and without them. The server's log is the judge, never the program's own word alone.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe, type TestContext, test } from "node:test";
import { describeResult, type Result } from "../exec.js";
import { type Identity, identities, ordinary } from "../identity.js";
import { makeStage, type Stage } from "../stage.js";
import { CONNECTED } from "./origin.js";
import { lacking, TOOLS } from "./tools.js";
import type { Service, Way, World } from "./world.js";

export interface Client {
  readonly name: string;
  /** Programs, or whole paths, without which it can't be tried. */
  readonly needs: readonly string[];
  /** For bash; `$BASE` is the server's address, `$OPTIONS` is `outsideOptions` outside and empty inside. */
  readonly script: string;
  readonly prints: RegExp;
  /** What the server's log must have. */
  readonly request: RegExp;
  readonly ways: readonly Way[];
  /** Whether it obeys the variables; else it is caught on its way with them, too. `told`: it is given the SOCKS proxy by an option. */
  readonly knowsProxies: boolean | "told";
  /** Where no variable tells it of the servers' authority, which outside the machine doesn't trust. */
  readonly outsideOptions?: (world: World) => string;
  /** Puts into the workspace what the script needs. */
  readonly prepare?: (stage: Stage) => void;
  /** More to be found true afterwards. */
  readonly check?: (stage: Stage) => void;
  /** Root's sandboxes differ by their ids only: a few clients show that they work, too. */
  readonly asRoot?: true;
}

export interface Place {
  readonly world: World;
  readonly service: Service;
}

interface Attempt {
  readonly result: Result;
  /** What the server's log got by it. */
  readonly seen: string;
  readonly events: readonly Readonly<Record<string, unknown>>[];
}

const PROXY_VARIABLES = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"].flatMap((name) => [
  name,
  name.toLowerCase(),
]);
const WITHOUT = ["env", ...[...PROXY_VARIABLES, "NODE_USE_ENV_PROXY"].flatMap((name) => ["-u", name])];
const SAID: Readonly<Record<"with" | "without", string>> = {
  with: "with the proxy variables",
  without: "with the proxy variables unset",
};
const VARIABLES = ["with", "without"] as const;
/** Without the machine's own bashrc, which bash reads when its stdin is a socket. */
const SHELL = ["bash", "--norc", "-euc"];
/** As the origin and sshd log it. */
const CONNECTION = new RegExp(`^${CONNECTED}$|^Connection from`, "m");
const LIMIT_MS = 90_000;

export function testClient(client: Client, place: Place): void {
  for (const identity of identities) {
    if (identity.name !== ordinary.name && client.asRoot !== true) continue;
    describe(`${client.name}, as ${identity.name}`, () => testAs(client, place, identity));
  }
}

function testAs(client: Client, place: Place, identity: Identity): void {
  const attempt = (name: string, body: (stage: Stage) => Promise<void>): void => {
    test(name, async (t: TestContext) => {
      const lack = await lacking(client.needs);
      if (lack !== undefined) return t.skip(lack);
      const stage = makeStage(t, identity);
      client.prepare?.(stage);
      await body(stage);
    });
  };
  for (const way of client.ways.filter((each) => each !== "inspected"))
    attempt(`works outside${way === "plain" ? ", without TLS" : ""}`, async (stage) =>
      assertWorked(client, stage, await outside(client, { stage, way, ...place })),
    );
  for (const variables of VARIABLES)
    attempt(`is refused inside without a rule, ${SAID[variables]}`, async (stage) => {
      const way = client.ways[0] ?? "tunnel";
      const tried = await inside(client, { stage, way, variables, refused: true, ...place });
      assert.doesNotMatch(tried.seen, client.request);
      assert.doesNotMatch(tried.seen, CONNECTION);
      assert.notEqual(tried.result.code, 0, describeResult(tried.result));
      const denials = tried.events.filter(isDenial(place.service.host));
      assert.notEqual(denials.length, 0, describeResult(tried.result));
    });
  for (const way of client.ways)
    for (const variables of VARIABLES)
      attempt(`works inside, ${way}, ${SAID[variables]}`, async (stage) => {
        const tried = await inside(client, { stage, way, variables, ...place });
        assertWorked(client, stage, tried);
        assertWentBy(client, { way, variables, host: place.service.host }, tried);
      });
}

interface Trial extends Place {
  readonly stage: Stage;
  readonly way: Way;
}

async function outside(client: Client, trial: Trial): Promise<Attempt> {
  const { stage, way, world, service } = trial;
  const before = service.log.length;
  const result = await stage.outside([...SHELL, client.script], {
    timeoutMs: LIMIT_MS,
    env: {
      ...world.certificates.variables,
      ...variablesOf(service.outside(way)),
      OPTIONS: client.outsideOptions?.(world) ?? "",
      HOME: stage.makeDirectory("home"),
    },
  });
  return { result, seen: service.log.slice(before).join("\n"), events: [] };
}

interface InsideTrial extends Trial {
  readonly variables: "with" | "without";
  /** Another host is allowed than the one that the client wants. */
  readonly refused?: true;
}

async function inside(client: Client, trial: InsideTrial): Promise<Attempt> {
  const { stage, way, world, service } = trial;
  const rule = trial.refused === true ? { ...service.rule(way), host: "another.test" } : service.rule(way);
  const policy = {
    version: 1,
    name: "test",
    filesystem: { read: existsSync(TOOLS) ? [TOOLS] : [] },
    network: { allow: [rule], upstreamCa: [world.certificates.authority] },
    process: { env: { set: { OPTIONS: "", ...variablesOf(service.inside(way)) } } },
  };
  stage.write("policy.yaml", JSON.stringify(policy));
  const before = service.log.length;
  const argv = [...(trial.variables === "without" ? WITHOUT : []), ...SHELL, client.script];
  const events = stage.path(`events-${trial.variables}`);
  const result = await stage.inside(argv, { flags: ["--quiet", "--events", events], timeoutMs: LIMIT_MS });
  assert.ok(existsSync(events), describeResult(result));
  const lines = readFileSync(events, "utf8").split("\n").filter(Boolean);
  return { result, seen: service.log.slice(before).join("\n"), events: lines.map(readEvent) };
}

/** `$BASE`, and its parts for programs that want them one by one. */
function variablesOf(address: string): Readonly<Record<string, string>> {
  const { hostname, port, protocol } = new URL(address);
  return { BASE: address, SERVER: hostname, PORT: port === "" ? (protocol === "http:" ? "80" : "443") : port };
}

function readEvent(line: string): Readonly<Record<string, unknown>> {
  const parsed: unknown = JSON.parse(line);
  assert.ok(typeof parsed === "object" && parsed !== null);
  return { ...parsed };
}

function isDenial(host: string): (event: Readonly<Record<string, unknown>>) => boolean {
  return ({ type, host: denied, name }) =>
    (type === "network.denied" && denied === host) || (type === "dns.denied" && name === host);
}

function assertWorked(client: Client, stage: Stage, { result, seen }: Attempt): void {
  assert.equal(result.code, 0, `${describeResult(result)}\nserver: ${seen}`);
  assert.match(result.stdout, client.prints, describeResult(result));
  assert.match(seen, client.request);
  client.check?.(stage);
}

interface Wanted {
  readonly way: Way;
  readonly variables: "with" | "without";
  readonly host: string;
}

/** By the record: through the proxy or caught on the way, and request by request where that was asked for. */
function assertWentBy(client: Client, { way, variables, host }: Wanted, { events }: Attempt): void {
  const allowed = events.filter((event) => event["type"] === "network.allowed" && event["host"] === host);
  const ways = new Set(allowed.map(({ via }) => via));
  const expected = variables === "with" && client.knowsProxies ? "http-proxy" : "capture";
  assert.deepEqual([...ways], [client.knowsProxies === "told" ? "socks" : expected], JSON.stringify(allowed));
  assert.equal(
    allowed.some(({ method }) => method !== undefined && method !== "CONNECT"),
    way !== "tunnel",
    JSON.stringify(allowed),
  );
}
