// A program for the mutation test: `run-mutation NAME`, as the ordinary user. Attacks a sandbox out of which one thing was taken, and prints
// the ids of the attacks that broke and of those that couldn't be made, as JSON.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ATTACKS } from "../../src/breakout/attacks.js";
import { breakOut } from "../../src/breakout/breakout.js";
import { probeHost } from "../../src/host/facts.js";
import { loadPolicy } from "../../src/policy/load.js";
import { MUTATIONS, POLICIES } from "./mutations.js";

const name = process.argv[2];
const found = MUTATIONS.find((each) => each.name === name);
if (found === undefined) throw new Error(`there is no mutation ${name}`);
const folder = mkdtempSync(join(tmpdir(), "cordon-test-"));
try {
  const file = join(folder, "policy.yaml");
  const facts = await probeHost({ env: process.env });
  const texts = new Map([[file, Buffer.from(POLICIES[found.policy])]]);
  const loaded = await loadPolicy({ file, texts, profiles: [], overrides: [], home: facts.user.home, cwd: folder });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.diagnostics));
  const report = await breakOut({
    facts,
    attacks: ATTACKS,
    version: "test",
    skipBaseline: true,
    under: { kind: "policy", policy: loaded.policy, mutate: found.mutate },
  });
  const results = report.controls.flatMap((control) => control.results);
  const ids = (status: string) => results.filter((each) => each.status === status).map(({ attack }) => attack.id);
  const missing = results
    .filter(({ status }) => status === "unsupported")
    .map(({ attack, evidence }) => `${attack.id}: ${evidence}`);
  console.log(JSON.stringify({ broken: ids("broken"), missing }));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
