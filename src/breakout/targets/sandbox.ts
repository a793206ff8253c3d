// The sandbox under attack: the very way that `cordon run` goes (resolve, assemble, startRun), with the staged world in the place of the
// user's own home and workspace.

import { statSync } from "node:fs";
import { join } from "node:path";
import { shortfalls } from "../../backends/assemble.js";
import { CordonError, messageOf } from "../../core/error.js";
import type { HostFacts } from "../../host/types.js";
import type { Artifact, Plan } from "../../plan/types.js";
import type { Policy } from "../../policy/types.js";
import { prepare } from "../../run/prepare.js";
import { startRun } from "../../run/start.js";
import type { World } from "../stage/world.js";
import { type StagedPlaces, stagedSettings } from "../staged-policy.js";
import type { Attempt, Ended, Target } from "../types.js";
import { callerOf } from "./caller.js";
import { Output, within } from "./collect.js";

/** For the proof that attacks can break: takes something out of a launch. */
export type Mutation = (launch: Launch, world: Pick<World, "root" | "stage" | "environment">) => Launch;

export interface Launch {
  readonly plan: Plan;
  readonly artifact: Artifact;
}

export interface SandboxOptions {
  readonly world: World;
  readonly policy: Policy;
  readonly facts: HostFacts;
  readonly mutate?: Mutation;
}

/** More than any attack starts. */
const MAX_EXECUTED = 1000;

interface Prepared extends Launch {
  readonly facts: HostFacts;
}

export class SandboxTarget implements Target {
  readonly name: string;
  readonly #options: SandboxOptions;

  constructor(options: SandboxOptions) {
    this.#options = options;
    this.name = options.policy.settings.backend;
  }

  /** What the policy grants of the home is there in the staged one, without the secret that may lie there: it is meant to be seen. */
  makeStandIns(): void {
    const { world, facts, policy } = this.#options;
    for (const path of [...policy.settings.filesystem.read, ...policy.settings.filesystem.write]) {
      if (!path.startsWith(`${facts.user.home}/`) || /[*?[{]/.test(path)) continue;
      world.standIn(path.slice(facts.user.home.length + 1), isFile(path));
    }
  }

  /** Without an attack: the policy as it stands, for its table of controls. */
  async prepare(attempt: Attempt, tweaked = false): Promise<Prepared> {
    const { world, policy, facts } = this.#options;
    const staged = stagedSettings(policy.settings, this.places(attempt.workspace));
    const { tweak } = attempt.attack;
    const settings = tweaked && tweak !== undefined ? tweak(staged.settings, world.stage) : staged.settings;
    const stagedFacts: HostFacts = { ...facts, user: { ...facts.user, home: world.home } };
    const { plan, artifact } = await prepare({
      policy: { ...policy, settings },
      facts: stagedFacts,
      env: world.environment(),
      command: ["/bin/sh", attempt.script],
      cwd: attempt.workspace,
      name: "breakout",
    });
    return { plan, artifact, facts: stagedFacts };
  }

  async start(attempt: Attempt): Promise<Ended> {
    try {
      const prepared = await this.prepare(attempt, true);
      const obstacle = attempt.attack.obstacle?.(prepared.plan) ?? this.#weakness(prepared, attempt);
      if (obstacle !== undefined) return { output: "", obstacle };
      return await this.#run(prepared, attempt);
    } catch (error) {
      const obstacle = error instanceof CordonError ? error.toLine() : messageOf(error);
      return { output: "", obstacle };
    }
  }

  async #run({ facts, ...planned }: Prepared, attempt: Attempt): Promise<Ended> {
    const { plan, artifact } = this.#options.mutate?.(planned, this.#options.world) ?? planned;
    const limits: string[] = [];
    const touched = new Set<string>();
    const executed: (readonly string[])[] = [];
    const run = await startRun({
      plan,
      artifact: this.#called(artifact, attempt),
      facts,
      allowDegraded: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...planted(this.#options.world.environment()),
        XDG_RUNTIME_DIR: join(this.#options.world.root, "runtime"),
      },
      onEvent: (event) => {
        if (event.type === "limit.hit") limits.push(event.limit);
        if (event.type === "file.canary") touched.add(event.path);
        if (event.type === "exec" && executed.length < MAX_EXECUTED) executed.push(event.argv);
      },
    });
    const output = new Output();
    output.read(run.stdout);
    output.read(run.stderr);
    if (!(await within(run.exit, attempt.limitMs))) await run.stop("the attack took too long");
    return {
      output: await output.whole(),
      passed: Object.values(plan.command.env),
      limits,
      executed,
      touched: [...touched],
    };
  }

  /** A control of this attack that isn't there at all has no wall to try. */
  #weakness({ artifact, plan }: Prepared, { attack }: Attempt): string | undefined {
    if (!plan.controls.includes(attack.control)) return "the policy doesn't ask for it";
    return shortfalls(artifact).find(
      ({ control }) => control === attack.control && artifact.unenforced.some((each) => each.control === control),
    )?.reason;
  }

  /** As the caller starts it whom the attack is about. */
  #called(artifact: Artifact, { attack }: Attempt): Artifact {
    const argv = [...callerOf(attack, this.#options.world), ...artifact.main.argv];
    return { ...artifact, main: { ...artifact.main, argv } };
  }

  /** What stands for what, for an attempt with this workspace. */
  places(workspace: string): StagedPlaces {
    const { world, facts } = this.#options;
    return {
      home: facts.user.home,
      stagedHome: world.home,
      stagedWorkspace: workspace,
      stagedState: join(world.root, "state"),
      stagedSocket: join(world.root, "run/named"),
      allowedPort: world.stage.allowedPort,
    };
  }
}

/** Where the secrets under attack come from; nothing else of an environment counts. */
function planted({ GITHUB_TOKEN }: Readonly<Record<string, string>>): Readonly<Record<string, string | undefined>> {
  return { GITHUB_TOKEN };
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
