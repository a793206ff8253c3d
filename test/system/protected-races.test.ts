// Nobody wins a race against the guard: H2, H39. Each race runs for ten seconds against the sandbox, after it was won outside.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { after, describe, test } from "node:test";
import { bring, compile } from "../support/compile.js";
import { ordinary } from "../support/identity.js";
import { makeStage, type Stage } from "../support/stage.js";

const PROGRAM = compile({ after }, "races");
const SECONDS = "10";

interface Race {
  readonly kind: string;
  readonly prepare: (stage: Stage) => void;
  readonly lost: (stage: Stage) => boolean;
}

const RACES: readonly Race[] = [
  {
    kind: "link-present",
    prepare: (stage) => stage.makeDirectory("workspace/.git/hooks"),
    lost: (stage) => stage.exists("workspace/.git/hooks/pre-commit"),
  },
  {
    kind: "link-absent",
    prepare: (stage) => stage.makeDirectory("workspace/.git"),
    lost: (stage) => stage.exists("workspace/.git/hooks"),
  },
  {
    kind: "memory",
    prepare: (stage) => stage.write("workspace/.git/config", ""),
    lost: (stage) => readFileSync(stage.path("workspace/.git/config"), "utf8") !== "",
  },
  {
    kind: "memory",
    prepare: (stage) => stage.makeDirectory("workspace/.git"),
    lost: (stage) => stage.exists("workspace/.git/config"),
  },
  { kind: "rename", prepare: () => undefined, lost: (stage) => existsSync(stage.path("workspace/.git/hooks")) },
];

describe("races for a protected name", { concurrency: 4 }, () => {
  for (const [index, race] of RACES.entries()) {
    test(`${race.kind} ${index}`, async (t) => {
      const open = makeStage(t, ordinary);
      race.prepare(open);
      const won = await open.outside([PROGRAM, race.kind, open.workspace, SECONDS]);
      assert.match(won.stdout, /^won/, "outside, the race can be won");

      const stage = makeStage(t, ordinary);
      race.prepare(stage);
      const result = await stage.inside([bring(stage, PROGRAM), race.kind, stage.workspace, SECONDS]);
      assert.match(result.stdout, /^tries \d{2,}/, `inside: ${result.stdout}${result.stderr}`);
      assert.equal(race.lost(stage), false);
    });
  }
});
