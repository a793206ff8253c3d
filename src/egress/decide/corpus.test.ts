// The table of odd hosts, run against every way that a name can come in.
import assert from "node:assert/strict";
import { test } from "node:test";
import { outcomeOf, readCorpus } from "../../../test/support/hosts.js";
import { agrees } from "./agree.js";

const corpus = readCorpus();

test("the table of odd hosts is large, and nothing stands in it twice for one way in", () => {
  assert.ok(corpus.length > 150);
  const seen = corpus.flatMap(({ input, as }) => as.map((way) => `${way} ${input}`));
  assert.equal(new Set(seen).size, seen.length);
});

for (const { input, as, canonical, allowed = false, why } of corpus) {
  for (const way of as) {
    test(`${JSON.stringify(input).slice(0, 60)} as ${way} is ${allowed ? "allowed" : "refused"}: ${why}`, () => {
      assert.deepEqual(outcomeOf(input, way), { canonical, allowed });
    });
  }
}

test("no name of the table agrees with a connection to allowed.example but that name itself", () => {
  for (const { input } of corpus) {
    for (const where of ["host", "authority", "absolute", "sni"] as const) {
      const denied = agrees({ host: "allowed.example", port: 443 }, input, where);
      if (denied === undefined)
        assert.match(input, where === "sni" ? /^allowed\.example$/i : /^allowed\.example(?::443)?$/i);
      else assert.match(denied.reason, /^[\x20-\x7e]{10,600}$/);
    }
  }
});
