// The conformance suite over every backend that there is, as an ordinary user and as root.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { describe, test } from "node:test";
import { describeResult } from "../support/exec.js";
import { identities } from "../support/identity.js";
import { withMark } from "../support/processes.js";
import { type Cleanup, makeStage, type Stage } from "../support/stage.js";
import { until } from "../support/wait.js";
import { CHECKS, type Check, type Place } from "./checks.js";

const BACKENDS = ["native"];

async function openPort(cleanup: Cleanup): Promise<number> {
  const server = createServer((socket) => void socket.destroy());
  await once(server.listen(0, "127.0.0.1"), "listening");
  cleanup.after(() => void server.close());
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function hold(check: Check, backend: string, stage: Stage, place: Place): Promise<void> {
  const flags = ["-b", backend, ...(check.flags?.(place) ?? [])];
  const env = { CONFORMANCE_LEAK: "1" };
  const result = await stage.inside(["bash", "-c", check.script(place)], { flags, env, input: "from the caller\n" });
  const what = describeResult(result);
  assert.match(result.stdout, check.shows, what);
  assert.ok(!result.stdout.includes(place.secret) && !result.stderr.includes(place.secret), what);
  if (check.hides !== undefined) assert.doesNotMatch(result.stdout, check.hides, what);
  assert.equal(result.code, check.code ?? 0, what);
  for (const [path, wanted] of Object.entries(check.leaves ?? {}))
    assert.equal(stage.exists(`workspace/${path}`), wanted, path);
  await until("nothing lives on", () => withMark("sleep 3737").every((one) => one.name !== "sleep"), 1000);
}

for (const backend of BACKENDS) {
  for (const identity of identities) {
    describe(`${backend}, as ${identity.name}`, () => {
      for (const check of CHECKS) {
        test(check.name, async (t) => {
          const stage = makeStage(t, identity);
          stage.write("workspace/.env", "hidden-by-name");
          stage.write("workspace/sub/.env", "hidden-by-name");
          const hidden = stage.write("beside/file", stage.secret, 0o600);
          await hold(check, backend, stage, {
            workspace: stage.workspace,
            hidden,
            secret: stage.secret,
            port: await openPort(t),
          });
        });
      }
    });
  }
}
