// A program for the mutation test: `run-mutation NAME [ID…]`, as the user it is about. Attacks a sandbox out of which one thing was taken, and
// prints the ids of the attacks that broke and of those that couldn't be made, as JSON.
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ATTACKS } from "../../src/breakout/attacks.js";
import { breakOut } from "../../src/breakout/breakout.js";
import type { Mutation } from "../../src/breakout/targets/sandbox.js";
import { probeHost } from "../../src/host/facts.js";
import { loadPolicy } from "../../src/policy/load.js";
import { MUTATIONS } from "./mutations/all.js";
import { buildMutant } from "./mutations/build.js";
import { type MutationCase, POLICIES } from "./mutations/types.js";

const [, , name, ...ids] = process.argv;
const found = MUTATIONS.find((each) => each.name === name);
if (found === undefined) throw new Error(`there is no mutation ${name}`);
const folder = mkdtempSync(join(tmpdir(), "cordon-test-"));
try {
  // The sandbox's own user, who isn't root, executes what is built here.
  chmodSync(folder, 0o755);
  const file = join(folder, "policy.yaml");
  const facts = await probeHost({ env: process.env });
  const texts = new Map([[file, Buffer.from(POLICIES[found.policy])]]);
  const loaded = await loadPolicy({ file, texts, profiles: [], overrides: [], home: facts.user.home, cwd: folder });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.diagnostics));
  const report = await breakOut({
    facts,
    attacks: ids.length === 0 ? ATTACKS : ATTACKS.filter(({ id }) => ids.includes(id)),
    version: "test",
    skipBaseline: true,
    under: { kind: "policy", policy: loaded.policy, mutate: mutationOf(found) },
  });
  const results = report.controls.flatMap((control) => control.results);
  const broken = results.filter(({ status }) => status === "broken");
  const missing = results.filter(({ status }) => status === "unsupported");
  const told = (some: typeof results) => Object.fromEntries(some.map(({ attack, evidence }) => [attack.id, evidence]));
  console.log(JSON.stringify({ broken: told(broken), missing: told(missing) }));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function mutationOf({ mutate = (launch) => launch, source }: MutationCase): Mutation {
  if (source === undefined) return mutate;
  const init = buildMutant(folder, source);
  return (launch, world) => {
    const { plan, artifact } = mutate(launch, world);
    const [, ...words] = artifact.main.argv;
    return { plan, artifact: { ...artifact, main: { ...artifact.main, argv: [init, ...words] } } };
  };
}
