// `cordon audit`: the tamper-evident record, shown, verified, followed, handed on, removed when it is old.
import { posix } from "node:path";
import { RECORDS } from "../../audit/store.js";
import { findTarget, type Target } from "../../audit/target.js";
import { CordonError } from "../../core/error.js";
import { didYouMean, printable } from "../../core/text.js";
import { userFacts } from "../../host/probe/user.js";
import type { Invocation } from "../command.js";

export interface AuditRequest {
  readonly invocation: Invocation;
  readonly target: Target;
  /** The user's own audit.dir, as it is without a policy that says otherwise. */
  readonly auditDir: string;
}

type Action = (request: AuditRequest) => Promise<number>;

const FILTERS = ["run", "type", "since", "until", "host"] as const;

/** Each with the options that it takes. */
const ACTIONS: Readonly<Record<string, { readonly options: readonly string[]; readonly load: () => Promise<Action> }>> =
  {
    show: { options: [...FILTERS, "json"], load: async () => (await import("./audit/show.js")).show },
    verify: { options: ["run", "key", "json"], load: async () => (await import("./audit/verify.js")).verify },
    tail: {
      options: [...FILTERS, "json", "lines", "follow"],
      load: async () => (await import("./audit/tail.js")).tail,
    },
    export: {
      options: [...FILTERS, "format", "output"],
      load: async () => (await import("./audit/export.js")).exportRecords,
    },
  };

export async function run(invocation: Invocation): Promise<number> {
  const [name = "", path, ...rest] = invocation.positionals;
  const auditDir = defaultAuditDir(invocation.env);
  if (name === "ship") return (await import("./audit/ship.js")).ship(invocation, auditDir);
  if (name === "prune") return (await import("./audit/prune.js")).prune(invocation, auditDir);
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (action === undefined) {
    const meant =
      name === ""
        ? ""
        : `, not "${printable(name, 60)}".${didYouMean(name, [...Object.keys(ACTIONS), "ship", "prune"])}`;
    throw new CordonError("usage", `audit takes show, verify, tail, export, ship or prune${meant}`, {
      hint: "cordon help audit",
    });
  }
  if (rest.length > 0) throw new CordonError("usage", "audit takes one file or folder", { place: `audit ${name}` });
  const odd = Object.keys(invocation.options).find((option) => !action.options.includes(option));
  if (odd !== undefined)
    throw new CordonError("usage", `audit ${name} takes no --${odd}`, { hint: "cordon help audit" });
  const target = findTarget(path === undefined ? undefined : posix.resolve(invocation.cwd, path), auditDir);
  if (path === undefined && target.records.length === 0)
    invocation.out.note(`there are no records in ${printable(posix.join(auditDir, RECORDS))}`);
  return (await action.load())({ invocation, target, auditDir });
}

function defaultAuditDir(env: Invocation["env"]): string {
  const { home } = userFacts({ uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, env });
  return posix.join(home, ".local/state/cordon");
}
