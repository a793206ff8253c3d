// `cordon secret`: the user's store of keys, and what running sandboxes may use of them. A value is read from a terminal without being
// shown, or from a pipe; it is never an argument, and nothing here prints one.
import { homedir } from "node:os";
import { CordonError } from "../../core/error.js";
import { printable } from "../../core/text.js";
import { formatDuration } from "../../core/units.js";
import {
  type Read,
  readDuration,
  readMethod,
  readSecretSource,
  readUrlPath,
  readVariableName,
} from "../../policy/atoms.js";
import { readHostPattern } from "../../policy/hosts.js";
import type { FoundRun } from "../../run/live/find.js";
import { SecretStore, type StoredSecret } from "../../secrets/store.js";
import { columns } from "../columns.js";
import { flag, type Invocation, text, texts } from "../command.js";
import { readHidden } from "../hidden.js";
import { linkTo, liveRuns, oneRun, whoAsks } from "../runs.js";

type Verb = (invocation: Invocation, names: readonly string[]) => Promise<number>;

const VERBS: Readonly<Record<string, Verb>> = { add, ls, rm, revoke, leases };

export async function run(invocation: Invocation): Promise<number> {
  const [verb = "", ...names] = invocation.positionals;
  const work = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
  if (work === undefined) throw usage("secret needs one of add, ls, rm, revoke, leases");
  return work(invocation, names);
}

function usage(message: string): CordonError {
  return new CordonError("usage", message, { hint: "cordon help secret" });
}

function storeOf({ env }: Invocation): SecretStore {
  return new SecretStore(env, env["HOME"]?.startsWith("/") === true ? env["HOME"] : homedir());
}

async function add(invocation: Invocation, names: readonly string[]): Promise<number> {
  const name = oneName(names, "add");
  const hosts = texts(invocation, "host").map((host) => checked("--host", readHostPattern(host)));
  if (hosts.length === 0)
    throw new CordonError("usage", "a secret is for a host", { place: "--host", hint: "--host api.example.com" });
  const from = text(invocation, "from");
  if (from !== undefined) checked("--from", readSecretSource(from));
  const variable = text(invocation, "variable");
  if (variable !== undefined) checked("--variable", readVariableName(variable));
  const ttl = text(invocation, "ttl");
  if (ttl !== undefined) checked("--ttl", readDuration(ttl));
  const methods = texts(invocation, "method").map((each) => checked("--method", readMethod(each)));
  const paths = texts(invocation, "path").map((each) => checked("--path", readUrlPath(each)));
  const secret: StoredSecret = {
    ...(from === undefined ? { value: await readHidden(`the value of ${name}: `) } : { from }),
    hosts,
    ...(variable === undefined ? {} : { env: variable }),
    ...(ttl === undefined ? {} : { ttl }),
    ...(methods.length === 0 ? {} : { methods }),
    ...(paths.length === 0 ? {} : { paths }),
  };
  await storeOf(invocation).write(name, secret);
  return 0;
}

function checked<T>(option: string, read: Read<T>): T {
  if (read.ok) return read.value;
  throw new CordonError("usage", `it must be ${read.problem}`, { place: option });
}

function oneName(names: readonly string[], verb: string): string {
  const [name, ...more] = names;
  if (name === undefined || more.length > 0) throw usage(`secret ${verb} takes one name`);
  return name;
}

async function ls(invocation: Invocation, names: readonly string[]): Promise<number> {
  if (names.length > 0) throw usage("secret ls takes no name");
  const store = storeOf(invocation);
  const found = await Promise.all(
    (await store.names()).map(async (name) => {
      // SECURITY(T11): a value never goes further than here.
      const { value, ...shown } = (await store.read(name)) ?? { hosts: [] };
      return { name, from: value === undefined ? "" : "stored", ...shown };
    }),
  );
  if (flag(invocation, "json")) invocation.out.print(JSON.stringify(found, null, 2));
  else if (found.length > 0)
    invocation.out.print(
      columns([
        ["NAME", "FROM", "VARIABLE", "HOSTS", "TTL"],
        ...found.map(({ name, from, env = "", hosts, ttl = "" }) =>
          [name, from, env, hosts.join(" "), ttl].map((each) => printable(each, 200)),
        ),
      ]),
    );
  return 0;
}

async function rm(invocation: Invocation, names: readonly string[]): Promise<number> {
  const name = oneName(names, "rm");
  if (await storeOf(invocation).remove(name)) return 0;
  throw new CordonError("usage", `there is no secret "${printable(name, 80)}"`, { hint: "cordon secret ls" });
}

/** Each run that has it, or the named one. */
async function revoke(invocation: Invocation, names: readonly string[]): Promise<number> {
  const [first, second, ...more] = names;
  if (first === undefined || more.length > 0) throw usage("secret revoke takes a name, or a run and a name");
  const name = second ?? first;
  const runs = second === undefined ? liveRuns(invocation) : [oneRun(invocation, first)];
  const outcomes = await Promise.all(
    runs.map(
      async (found) =>
        (await asked(found, { do: "revoke-secret", by: whoAsks("secret revoke"), name }))["revoked"] === true,
    ),
  );
  if (outcomes.some((done) => done)) return 0;
  throw new CordonError("run-unknown", `no running sandbox has a secret "${printable(name, 80)}"`, {
    hint: "cordon secret leases",
  });
}

async function asked(found: FoundRun, ask: Parameters<Awaited<ReturnType<typeof linkTo>>["ask"]>[0]) {
  const link = await linkTo(found);
  try {
    return await link.ask(ask);
  } finally {
    link.close();
  }
}

async function leases(invocation: Invocation, names: readonly string[]): Promise<number> {
  if (names.length > 1) throw usage("secret leases takes one run, or none");
  const runs = names[0] === undefined ? liveRuns(invocation) : [oneRun(invocation, names[0])];
  const rows = (
    await Promise.all(runs.map(async (found) => leasesOf(found.id, (await asked(found, { do: "leases" }))["leases"])))
  ).flat();
  if (flag(invocation, "json")) invocation.out.print(JSON.stringify(rows, null, 2));
  else if (rows.length > 0)
    invocation.out.print(
      columns([
        ["RUN", "NAME", "STATE", "LEFT", "USES", "TOKENS", "HOSTS"],
        ...rows.map(({ run: id, name, state, leftMs, uses, tokens, hosts }) =>
          [
            id,
            name,
            state,
            leftMs === undefined ? "-" : formatDuration(Math.ceil(leftMs / 1000) * 1000),
            String(uses),
            String(tokens),
            hosts.join(" "),
          ].map((each) => printable(each, 200)),
        ),
      ]),
    );
  return 0;
}

interface Row {
  readonly run: string;
  readonly name: string;
  readonly state: string;
  readonly leftMs?: number;
  readonly uses: number;
  readonly tokens: number;
  readonly hosts: readonly string[];
}

/** The answer of another process: what isn't a lease is left out. */
function leasesOf(run: string, list: unknown): readonly Row[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((each: unknown): readonly Row[] => {
    if (typeof each !== "object" || each === null) return [];
    const { name, state, uses, tokens, hosts, leftMs }: Readonly<Record<string, unknown>> = { ...each };
    if (typeof name !== "string" || typeof state !== "string" || typeof uses !== "number" || !Array.isArray(hosts))
      return [];
    return [
      {
        run,
        name,
        state,
        uses,
        tokens: typeof tokens === "number" ? tokens : 0,
        hosts: hosts.map(String),
        ...(typeof leftMs === "number" ? { leftMs } : {}),
      },
    ];
  });
}
