// The test that every agent goes through: the whole task, inside, as the ordinary user, judged from outside.
import assert from "node:assert/strict";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { Certificates } from "../egress/certificates.js";
import { lacking } from "../egress/tools.js";
import { describeResult, type Result } from "../exec.js";
import { ordinary } from "../identity.js";
import { FEWEST_PROCESSES, findInFiles, findInProcess, sandboxProcesses } from "../secret-memory.js";
import { makeStage, type Stage } from "../stage.js";
import { AGENTS, type AgentRun, openAgent } from "./agent.js";
import { type Model, scripted } from "./model.js";
import { assertDone, LAST, PROMPT, prepareTask, stepsOf, type Words } from "./task.js";

export interface Trial {
  readonly profile: string;
  readonly folder: string;
  readonly command: string;
  /** The first is the one that the model is asked at. */
  readonly hosts: readonly string[];
  readonly certificates: Certificates;
  /** By which the steps are called; or the model's whole mind, for agents whose model calls no tools. */
  readonly mind: Words | Model;
  /** The variable in which the user has the provider's key. */
  readonly variable: string;
  /** What the provider must have seen, and nobody inside. */
  readonly key: string;
  readonly options?: readonly string[];
  /** After the command's name, before the prompt. */
  readonly arguments: readonly string[];
  /** What the user has done before. */
  readonly before?: (agent: AgentRun, stage: Stage) => Promise<void>;
}

export interface Finished {
  readonly agent: AgentRun;
  readonly stage: Stage;
  readonly result: Result;
}

/** Undefined where the agent isn't installed: then the test is skipped. */
export async function finishTask(t: TestContext, trial: Trial): Promise<Finished | undefined> {
  const lack = await lacking([join(AGENTS, trial.folder, "bin", trial.command)]);
  if (lack !== undefined) {
    t.skip(lack);
    return undefined;
  }
  const stage = makeStage(t, ordinary);
  await prepareTask(stage);
  const search: { inside?: () => readonly string[] } = {};
  let found: readonly string[] | undefined;
  const { mind } = trial;
  const thought = typeof mind === "function" ? mind : scripted(stepsOf(stage, mind), LAST);
  const model: Model = (asked) => {
    const answer = thought(asked);
    // At the end of the task, while the agent waits for the answer.
    if (answer.text.includes(LAST)) found = search.inside?.();
    return answer;
  };
  const { profile, folder, hosts, certificates } = trial;
  const agent = await openAgent(t, stage, { profile, folder, hosts, certificates, model });
  await trial.before?.(agent, stage);
  const env = { [trial.variable]: trial.key };
  const running = agent.start(trial.options ?? [], [trial.command, ...trial.arguments, PROMPT], { env });
  search.inside = () => {
    const inside = sandboxProcesses(running.pid);
    assert.ok(inside.length >= FEWEST_PROCESSES, "there are processes to look at");
    return inside.flatMap((pid) => findInProcess(pid, trial.key));
  };
  const result = await running.done;
  const { received, log } = agent.providers;
  const denied = agent.events().flatMap((event) => (event.type === "network.denied" ? [event.host] : []));
  const told = `${describeResult(result)}\n${log.join("\n")}\ndenied: ${denied.join(" ")}`;
  t.diagnostic(`denied: ${[...new Set(denied)].join(" ")}`);
  assert.equal(result.code, 0, told);
  assert.ok(result.stdout.includes(LAST), told);
  await assertDone(stage);
  if (typeof mind !== "function") assert.equal(received.at(-1)?.results.length, 5, told);
  assert.deepEqual(found, [], "the key is in no process inside");
  for (const folder of [agent.home, stage.workspace])
    assert.deepEqual(findInFiles(folder, trial.key), [], "nor in any file that is kept");
  for (const each of received) assert.deepEqual([each.host, each.key], [hosts[0], trial.key]);
  return { agent, stage, result };
}
