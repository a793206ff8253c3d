// The broker of a run's secrets, and what in its launch would show one of them. Loaded only where a policy has secrets.
import { homedir } from "node:os";
import { posix } from "node:path";
import { CordonError } from "../core/error.js";
import type { CanonicalPath } from "../egress/decide/url-path.js";
import type { EgressOptions } from "../egress/egress.js";
import type { EventDraft } from "../events/types.js";
import type { Artifact, Op, Plan } from "../plan/types.js";
import type { Broker, BrokerOptions } from "../secrets/broker.js";
import type { Lease } from "../secrets/lease.js";
import type { LentKeys } from "../secrets/ssh/lent.js";

type FilterFactory = NonNullable<EgressOptions["guard"]>;

export type Environment = Readonly<Record<string, string | undefined>>;

/** What a run with secrets has of them. */
export interface RunSecrets {
  readonly broker: Broker;
  /** Keys of the user's ssh-agent. */
  readonly agent: LentKeys;
  /** A filter that knows what must not be taken for keys; made anew when that changes. */
  filter(make: (harmless: readonly string[]) => FilterFactory): FilterFactory;
  /** The op with the placeholder in it, if it waits for one; none where an optional secret isn't there. */
  fill(op: Op): readonly Op[] | undefined;
  /** An event without values. */
  redact(draft: EventDraft): EventDraft;
  leases(): readonly LeaseInfo[];
  revoke(name: string, by: string): boolean;
  options(emit: (draft: EventDraft) => void): Pick<EgressOptions, "secrets" | "guard">;
  close(): void;
}

export async function openSecrets(plan: Plan, artifact: Artifact, env: Environment): Promise<RunSecrets> {
  const broker = await openBroker(plan, artifact, env);
  const [guard, { LentKeys }, { askUser }] = await Promise.all([
    makeGuard(broker),
    import("../secrets/ssh/lent.js"),
    import("../secrets/ssh/confirm.js"),
  ]);
  const rules = plan.network.sockets.flatMap(({ ssh }) => ssh ?? []);
  const agent = new LentKeys(rules, (question) => askUser(question, env));
  return {
    broker,
    agent,
    filter: (make) => following(broker, () => make(broker.leases.map(({ placeholder }) => placeholder))),
    fill: (op) => withPlaceholder(op, broker) ?? withLogin(op, broker),
    redact: (draft) => redacted(draft, broker),
    leases: () => [...broker.shown.map(infoOf), ...agent.leases],
    revoke: (name, by) => broker.revoke(name, by) || agent.revoke(name, by),
    options: (emit) => {
      broker.tell(emit);
      agent.tell(emit);
      return { secrets: broker, guard };
    },
    close: () => {
      agent.close();
      broker.close();
    },
  };
}

async function openBroker(plan: Plan, artifact: Artifact, env: Environment): Promise<Broker> {
  const { secrets = [] } = plan;
  const { Broker } = await import("../secrets/broker.js");
  const nowMs = () => Number(process.hrtime.bigint() / 1_000_000n);
  const { canonicalPath, matchesPath } = await import("../egress/decide/url-path.js");
  const fits = (pattern: string, text: string) => {
    const path = canonicalPath(text);
    return path.ok && matchesPath(pattern, path.path);
  };
  const state = await stateOf(plan, env);
  const logins = secrets.some(({ oauth }) => oauth !== undefined);
  const broker = await Broker.open({
    secrets,
    env,
    nowMs,
    matchesPath: fits,
    ...(await placeholderOptions(state)),
    ...(logins ? await loginOptions(plan, state, canonicalPath) : {}),
  });
  try {
    refuseExposed(broker, plan, artifact);
  } catch (error) {
    broker.close();
    throw error;
  }
  return broker;
}

/** Where what belongs to a home that is kept is kept itself: by its name, apart from it. */
async function stateOf({ home }: Plan, env: Environment): Promise<string | undefined> {
  if (home.mode === "private") return undefined;
  const { stateFolder } = await import("../policy/trust.js");
  return posix.join(stateFolder(env, env["HOME"] ?? homedir()), "logins", posix.basename(home.source));
}

async function placeholderOptions(state: string | undefined): Promise<Pick<BrokerOptions, "placeholderFor">> {
  if (state === undefined) return {};
  const { KeptPlaceholders } = await import("../secrets/kept-placeholders.js");
  const kept = new KeptPlaceholders(posix.join(state, "placeholders", "keys.json"));
  return { placeholderFor: (name, value) => kept.of(name, value) };
}

async function loginOptions(
  plan: Plan,
  state: string | undefined,
  canonical: (path: string) => CanonicalPath,
): Promise<Pick<BrokerOptions, "placesOf" | "maybePath">> {
  const { homeFiles } = await import("./home-files.js");
  const home = homeFiles(plan);
  return {
    placesOf: (name) =>
      home === undefined || state === undefined ? {} : { home, kept: posix.join(state, `${name}.json`) },
    // Spellings that a server may read as the same path; what is below it belongs to it.
    maybePath: (path, asked) => {
      const read = canonical(asked);
      return !read.ok || read.path.toLowerCase().startsWith(path.toLowerCase());
    },
  };
}

/** SECURITY(T11): a shell puts `$KEY` into a command line before Cordon sees it, and another variable may have the same value. */
function refuseExposed(broker: Broker, { command }: Plan, artifact: Artifact): void {
  const word = command.argv.map((each) => broker.reveals(each)).find((name) => name !== undefined);
  if (word !== undefined) {
    throw new CordonError("secret-exposed", `the value of the secret ${word} stands in the command's words`, {
      hint: "let the command read the variable itself: put $NAME in single quotes",
    });
  }
  for (const [variable, value] of Object.entries(command.env)) {
    const name = broker.reveals(value);
    if (name === undefined) continue;
    throw new CordonError(
      "secret-exposed",
      `$${variable} has the value of the secret ${name}, and would be handed on`,
      {
        hint: `take it out of process.env, or make it the secret's own variable (env: ${variable})`,
      },
    );
  }
  const file = artifact.main.ops.some(({ fields }) =>
    fields.some((field) => typeof field === "string" && broker.reveals(field)),
  );
  if (file) throw new CordonError("secret-exposed", "the value of a secret stands in the plan of this run");
}

/** Stops the values of secrets, and placeholders that are sent elsewhere, whatever a rule says of its filter. */
async function makeGuard(broker: Broker): Promise<FilterFactory> {
  const { makeFilterFactory } = await import("../egress/filter/filter.js");
  return following(broker, () =>
    makeFilterFactory({
      secrets: [],
      patterns: [],
      named: broker.watched(),
      exactOnly: true,
      alert: "secret.misused",
    }),
  );
}

/** A filter for each state of the broker's values and placeholders. */
function following(broker: Broker, make: () => FilterFactory): FilterFactory {
  const made: { filter: FilterFactory | undefined } = { filter: make() };
  broker.changed(() => {
    made.filter = undefined;
  });
  return {
    open: (head, mode, exempt) => {
      made.filter ??= make();
      return made.filter.open(head, mode, exempt);
    },
  };
}

/** One secret of a run, for `cordon secret leases`. */
export interface LeaseInfo {
  readonly name: string;
  readonly hosts: readonly string[];
  readonly state: string;
  readonly leftMs?: number;
  readonly uses: number;
  /** Of a model. */
  readonly tokens: number;
}

function infoOf({ secret, state, leftMs, uses, tokens }: Lease): LeaseInfo {
  return { name: secret.name, hosts: secret.hosts, state, uses, tokens, ...(leftMs === undefined ? {} : { leftMs }) };
}

/** SECURITY(T11): a program may have found a value elsewhere, and use it in its words. */
function redacted(draft: EventDraft, broker: Broker): EventDraft {
  if (broker.reveals(JSON.stringify(draft)) === undefined) return draft;
  // Checked border: only texts change.
  return JSON.parse(JSON.stringify(draft), (_key, value: unknown) =>
    typeof value === "string" ? broker.redact(value) : value,
  ) as EventDraft;
}

function withPlaceholder({ op, fields, slot }: Op, broker: Broker): readonly Op[] | undefined {
  if (slot?.startsWith("secret:") !== true) return undefined;
  const placeholder = broker.placeholderOf(slot.slice("secret:".length));
  return placeholder === undefined ? [] : [{ op, fields: [`${String(fields[0])}${placeholder}`, ...fields.slice(1)] }];
}

/** The program's own file of a login, in a home that ends with the run. */
function withLogin({ op, fields, slot }: Op, broker: Broker): readonly Op[] | undefined {
  if (slot?.startsWith("login:") !== true) return undefined;
  const content = broker.documentOf(slot.slice("login:".length)) ?? "";
  return [{ op, fields: [...fields.slice(0, -1), Buffer.from(content)] }];
}
