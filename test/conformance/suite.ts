// The conformance suite: what every backend has to hold, by `cordon run`, and once more over a second command that joins a sandbox by
// `cordon attach`. Each backend has a file of its own beside, so that they are tested at the same time.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { describe, test } from "node:test";
import { cordonArgv, describeResult, exec, type Result } from "../support/exec.js";
import { type Identity, superuser } from "../support/identity.js";
import { withMark } from "../support/processes.js";
import { type Cleanup, makeStage, type Stage } from "../support/stage.js";
import { until } from "../support/wait.js";
import { CHECKS, type Check, type Place } from "./checks.js";

const WAYS = ["run", "attach"] as const;

async function openPort(cleanup: Cleanup): Promise<number> {
  const server = createServer((socket) => void socket.destroy());
  await once(server.listen(0, "127.0.0.1"), "listening");
  cleanup.after(() => void server.close());
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

interface Way {
  readonly backend: string;
  readonly way: (typeof WAYS)[number];
}

const env = { CONFORMANCE_LEAK: "1" };
const input = "from the caller\n";

/** What the script gives as the command of a run, or of one that joins it. */
async function perform(way: (typeof WAYS)[number], stage: Stage, flags: readonly string[], script: string) {
  const command = ["bash", "-c", script];
  if (way === "run") return await stage.inside(command, { flags, env, input });
  const name = `held-${randomBytes(4).toString("hex")}`;
  const first = stage.startInside(["sh", "-c", "echo ready; exec sleep 120"], { flags: [...flags, "--name", name] });
  await until("the sandbox stands", () => first.output().includes("ready"));
  const { identity, workspace: cwd } = stage;
  const result = await exec(cordonArgv("attach", name, "--", ...command), { identity, cwd, env, input });
  const stopped = await exec(cordonArgv("stop", "--kill", name), { identity, cwd });
  assert.equal(stopped.code, 0, describeResult(stopped));
  await first.done;
  return result;
}

async function placeOf(
  cleanup: Cleanup,
  identity: Identity,
): Promise<{ readonly stage: Stage; readonly place: Place }> {
  const stage = makeStage(cleanup, identity);
  stage.write("workspace/.env", "hidden-by-name");
  stage.write("workspace/sub/.env", "hidden-by-name");
  const hidden = stage.write("beside/file", stage.secret, 0o600);
  return { stage, place: { workspace: stage.workspace, hidden, secret: stage.secret, port: await openPort(cleanup) } };
}

async function hold(check: Check, way: Way, stage: Stage, place: Place): Promise<void> {
  const flags = ["-b", way.backend, ...(check.flags?.(place) ?? [])];
  const result = await perform(way.way, stage, flags, check.script(place));
  judge(check, result, { stage, place });
  await until("nothing lives on", () => withMark("sleep 3737").every((one) => one.name !== "sleep"), 1000);
}

function judge(check: Check, result: Result, { stage, place }: Awaited<ReturnType<typeof placeOf>>): void {
  const what = describeResult(result);
  assert.match(result.stdout, check.shows, what);
  assert.ok(!result.stdout.includes(place.secret) && !result.stderr.includes(place.secret), what);
  if (check.hides !== undefined) assert.doesNotMatch(result.stdout, check.hides, what);
  assert.equal(result.code, check.code ?? 0, what);
  for (const [path, wanted] of Object.entries(check.leaves ?? {}))
    assert.equal(stage.exists(`workspace/${path}`), wanted, path);
}

export function conform(backend: string, as: readonly Identity[]): void {
  for (const way of WAYS) for (const identity of as) conformBy({ backend, way }, identity);
}

function conformBy(way: Way, identity: Identity): void {
  describe(`${way.backend} by ${way.way}, as ${identity.name}`, () => {
    for (const check of CHECKS) {
      test(check.name, async (t) => {
        const { stage, place } = await placeOf(t, identity);
        await hold(check, way, stage, place);
      });
    }
  });
}

/** The same where each start is slow: checks that ask for nothing of their own share one sandbox, the others get theirs by `run` alone. */
export function conformTogether(backend: string, identity: Identity): void {
  const isPlain = ({ flags, code = 0 }: Check) => flags === undefined && code === 0;
  describe(`${backend}, as ${identity.name}`, () => {
    for (const way of WAYS) {
      test(`many checks in one sandbox, by ${way}`, async (t) => {
        const { stage, place } = await placeOf(t, identity);
        const parts = CHECKS.filter(isPlain).map((check, at) => ({ check, mark: `part ${at} is over` }));
        const script = parts.map(({ check, mark }) => `(${check.script(place)}\n)\necho ${mark}`).join("\n");
        const result = await perform(way, stage, ["-b", backend], script);
        let rest = result.stdout;
        for (const { check, mark } of parts) {
          const [own = "", ...others] = rest.split(`${mark}\n`);
          rest = others.join(`${mark}\n`);
          judge(check, { ...result, stdout: own, stderr: `${check.name}: ${result.stderr}` }, { stage, place });
        }
      });
    }
    for (const check of CHECKS.filter((each) => !isPlain(each))) {
      test(check.name, async (t) => {
        const { stage, place } = await placeOf(t, identity);
        await hold(check, { backend, way: "run" }, stage, place);
      });
    }
  });
}

/** Programs that make a wall aren't meant for root. */
export function refusesRoot(backend: string): void {
  const skip = superuser === undefined && "the tests don't run as root";
  test(`${backend} refuses root`, { skip }, async (t) => {
    if (superuser === undefined) return;
    const stage = makeStage(t, superuser);
    const result = await stage.inside(["true"], { flags: ["-b", backend, "--allow-degraded"], refused: true });
    assert.match(result.stderr, new RegExp(`the ${backend} backend doesn't run for root`));
  });
}
