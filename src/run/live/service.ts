// The control of one running sandbox as a service beside it: its folder, its record, its socket. Made while cordon-init builds the
// sandbox, so that the command doesn't wait for it.
import { posix } from "node:path";
import { RECORDS, recordName } from "../../audit/store.js";
import { CordonError, messageOf } from "../../core/error.js";
import type { Plan } from "../../plan/types.js";
import type { RunContext, RunService } from "../service.js";
import { UsageReader } from "../usage.js";
import { RunFolder } from "./folder.js";
import { runRoots } from "./places.js";
import { bootId, markOf, ownMark, type ProcessMark, type RunRecord } from "./record.js";
import { ControlServer } from "./server.js";
import { Tally } from "./tally.js";
import type { Ask } from "./wire.js";

export async function controlService(context: RunContext): Promise<RunService> {
  const folder = makeFolder(context);
  const { scope, bus } = context;
  const service = new Control(context, folder);
  folder.writeRecord(service.record());
  const server = await ControlServer.listen({
    path: folder.socketPath,
    bus,
    answer: (ask) => service.answer(ask),
  });
  folder.protectSocket();
  scope.defer("control socket", async () => {
    await server.close();
    folder.remove();
    folder.close();
  });
  return service;
}

/** In the first place that the command can't reach. */
function makeFolder({ id, plan, env }: RunContext): RunFolder {
  const problems: string[] = [];
  for (const root of runRoots(env)) {
    if (isReached(plan, root)) {
      problems.push(`${root}: the policy grants it`);
      continue;
    }
    try {
      return RunFolder.make(root, id);
    } catch (error) {
      problems.push(`${root}: ${messageOf(error)}`);
    }
  }
  throw new CordonError("launch-failed", `there is no place for the run's control socket (${problems.join("; ")})`);
}

/** SECURITY(H35): planning hides the place; a plan that doesn't isn't one of ours. */
function isReached({ mounts }: Plan, root: string): boolean {
  const seen = mounts.findLast(
    (mount) => mount.kind === "bind" && (root === mount.source || root.startsWith(`${mount.source}/`)),
  );
  if (seen?.kind !== "bind") return false;
  const inside = posix.join(seen.target, posix.relative(seen.source, root));
  return !mounts.some(({ kind, target }) => kind === "mask" && (inside === target || inside.startsWith(`${target}/`)));
}

class Control implements RunService {
  readonly #context: RunContext;
  readonly #folder: RunFolder;
  readonly #startedAt = new Date().toISOString();
  readonly #supervisor = ownMark();
  readonly #boot = bootId();
  readonly #tally = new Tally();
  #first: ProcessMark | undefined;
  #usage: UsageReader | undefined;

  constructor(context: RunContext, folder: RunFolder) {
    this.#context = context;
    this.#folder = folder;
    context.bus.subscribe((event) => this.#tally.see(event));
  }

  stands(first: number): void {
    this.#first = markOf(first);
  }

  went(): void {
    // Not now: the command has just been told to start.
    setImmediate(() => this.#writeWhole());
  }

  /** What can be known before the sandbox stands. Digests are computed later. */
  record(): RunRecord {
    const { id, plan, artifact } = this.#context;
    return {
      version: 1,
      id,
      name: plan.name,
      boot: this.#boot,
      supervisor: this.#supervisor,
      ...(this.#first === undefined ? {} : { first: this.#first }),
      backend: artifact.backend,
      workspace: plan.workspace.source,
      command: plan.command.argv,
      started: this.#startedAt,
      audit: posix.join(plan.audit.dir, RECORDS, recordName(id, 0)),
    };
  }

  async answer(ask: Exclude<Ask, { do: "events" }>): Promise<unknown> {
    const { control } = this.#context;
    switch (ask.do) {
      case "info":
        return this.#info();
      case "usage":
        return this.#use();
      case "pause":
        return control.pause(ask.by);
      case "resume":
        return control.resume(ask.by);
      case "stop":
        return this.#stop(ask);
      case "attach":
        return this.#attach(ask);
      case "leases":
        return { leases: control.leases() };
      case "revoke-secret":
        return { revoked: control.revokeSecret(ask.name, ask.by) };
    }
  }

  #writeWhole(): void {
    const { plan } = this.#context;
    try {
      const { digest, files } = plan.policy;
      this.#folder.writeRecord({ ...this.record(), policy: { digest, files }, plan: plan.digest });
    } catch {
      // The first record is there; a full disk doesn't end a run for the sake of the second.
    }
  }

  #info(): unknown {
    const { bus, control, plan } = this.#context;
    return {
      ...this.record(),
      state: control.paused ? "paused" : "running",
      events: { first: bus.first, last: bus.last },
      denied: this.#tally.count,
      shell: plan.command.env["SHELL"] ?? "/bin/sh",
    };
  }

  #use(): unknown {
    const { control } = this.#context;
    if (this.#first === undefined) throw new CordonError("run-refused", "the command hasn't started yet");
    this.#usage ??= new UsageReader(this.#first.pid);
    return {
      ...this.#usage.read(),
      state: control.paused ? "paused" : "running",
      traffic: control.traffic(),
      denied: this.#tally.count,
      lastDenied: this.#tally.last,
    };
  }

  #stop({ by, reason, graceMs }: Extract<Ask, { do: "stop" }>): unknown {
    const message = reason === undefined ? `stopped by ${by}` : `stopped by ${by}: ${reason}`;
    this.#context.control.end({ kind: "stopped", message, by, ...(graceMs === undefined ? {} : { graceMs }) });
    return {};
  }

  async #attach({ by, socket, terminal, command }: Extract<Ask, { do: "attach" }>): Promise<unknown> {
    await this.#context.control.attach({ by, terminal, command, path: posix.join(this.#folder.path, socket) });
    return {};
  }
}
